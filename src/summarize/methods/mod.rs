//! Methods of ranking the sentences of an article, one file for each, and the table of all.
//!
//! A new method is a file here with its [`Method`] and its function, and its line in [`METHODS`].

mod centroid;
mod lead;
mod lexrank;
mod states;
mod textrank;

use std::fmt;
use std::str::FromStr;

use super::vectors::Vector;
use crate::model::{Model, NetworkResult};

/// All methods, in the order of `--help`; the first is the default.
const METHODS: &[Method] = &[
    centroid::CENTROID,
    lexrank::LEXRANK,
    textrank::TEXTRANK,
    states::STATES,
    lead::LEAD,
];

/// A method of ranking sentences. The methods that there are: [`Method::all`].
#[derive(Clone, Copy)]
pub struct Method {
    /// The name on the command line.
    pub name: &'static str,
    /// A few words for `--help`.
    pub description: &'static str,
    /// Ranks all sentences of an article.
    pub(super) rank: fn(&Model, &[&str]) -> NetworkResult<Relevance>,
}

/// The relevance of each sentence of an article.
pub(super) struct Relevance {
    /// Its score; the position of the sentence is not in it yet.
    pub(super) scores: Vec<f32>,
    /// Its vector: sentences that are alike say the same.
    pub(super) vectors: Vec<Vector>,
}

impl Method {
    /// All methods, in the order of `--help`; the first is the default.
    pub fn all() -> &'static [Self] {
        METHODS
    }
}

impl Default for Method {
    fn default() -> Self {
        centroid::CENTROID
    }
}

/// Methods are equal by name.
impl PartialEq for Method {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Method {}

impl fmt::Debug for Method {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name)
    }
}

/// No method has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no ranking method is called {0}")]
pub struct UnknownMethod(String);

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let found = METHODS.iter().find(|method| method.name == name);
        found.copied().ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_is_found_by_its_name() {
        for method in Method::all() {
            assert_eq!(method.name.parse(), Ok(*method));
        }
        assert!("random".parse::<Method>().is_err());
    }
}
