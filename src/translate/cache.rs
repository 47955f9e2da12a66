//! A translation memory on disk, kept from run to run in an embedded database (redb).

use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Doubt, GivenHint, Source, Translation};
use crate::decode::Finish;
use crate::segment::Fixed;

/// Maps the SHA-256 of recipe and sentence to the JSON of a [`StoredTranslation`].
const SENTENCES: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("sentences 1");

/// A database of translations. One process at a time can have it open.
#[derive(Debug)]
pub struct Cache {
    database: Database,
    /// Identifies the model and all options that change a translation.
    recipe: String,
}

/// A [`Translation`] as the file has it.
#[derive(Serialize, Deserialize)]
struct StoredTranslation {
    text: String,
    score: f32,
    coverage: f32,
    finish: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Option<u32>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hints: Vec<GivenHint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<Doubt>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_foreign: bool,
}

/// Why a cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the cache cannot be used ({0}): if no other run has it open, remove the file")]
pub struct CacheError(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for CacheError {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

impl Cache {
    /// Opens the database at `path`, or creates it. `recipe` identifies the model and all options that
    /// change a translation.
    ///
    /// # Errors
    /// When the file is not a database, another process has it open, or it cannot be written.
    pub fn open(path: &Path, recipe: &str) -> Result<Self, CacheError> {
        let database = Database::create(path)?;
        let begun = database.begin_write()?;
        begun.open_table(SENTENCES)?;
        begun.commit()?;
        Ok(Self {
            database,
            recipe: recipe.to_owned(),
        })
    }

    /// The stored translation of each of these sentences.
    pub(super) fn recall(
        &self,
        sentences: &[&Source<'_>],
    ) -> Result<Vec<Option<Translation>>, CacheError> {
        let table = self.database.begin_read()?.open_table(SENTENCES)?;
        let recall = |sentence: &&Source<'_>| {
            let found = table.get(&self.key(sentence))?;
            Ok(found.and_then(|kept| translation(kept.value())))
        };
        sentences.iter().map(recall).collect()
    }

    /// Stores translations.
    pub(super) fn keep<'t>(
        &self,
        made: impl Iterator<Item = (&'t Source<'t>, &'t Translation)>,
    ) -> Result<(), CacheError> {
        let begun = self.database.begin_write()?;
        {
            let mut table = begun.open_table(SENTENCES)?;
            for (sentence, translation) in made {
                table.insert(&self.key(sentence), kept(translation).as_slice())?;
            }
        }
        Ok(begun.commit()?)
    }

    fn key(&self, sentence: &Source<'_>) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(&self.recipe);
        add(&sentence.text);
        if sentence.is_foreign {
            add("foreign");
        }
        for Fixed {
            span,
            target,
            exact,
        } in &sentence.fixed
        {
            add(&format!("{}..{} {exact}", span.start, span.end));
            // "=" tells no target from an empty one.
            add(&target
                .as_ref()
                .map_or(String::new(), |target| format!("={target}")));
        }
        if let Some(example) = &sentence.example {
            add("example");
            add(&example.source);
            add(&example.target);
        }
        hash.finalize().into()
    }
}

fn kept(translation: &Translation) -> Vec<u8> {
    let kept = StoredTranslation {
        text: translation.text.clone(),
        score: translation.score,
        coverage: translation.coverage,
        finish: match translation.finish {
            Finish::Complete => 0,
            Finish::Repetition => 1,
            Finish::TooLong => 2,
        },
        links: translation.links.clone(),
        hints: translation.hints.clone(),
        doubts: translation.doubts.clone(),
        is_foreign: translation.is_foreign,
    };
    // Strings and numbers cannot fail.
    serde_json::to_vec(&kept).unwrap_or_default()
}

/// Decodes a record; `None` for one that cannot be read, which is then translated again.
fn translation(kept: &[u8]) -> Option<Translation> {
    let kept: StoredTranslation = serde_json::from_slice(kept).ok()?;
    Some(Translation {
        text: kept.text,
        score: kept.score,
        coverage: kept.coverage,
        finish: match kept.finish {
            0 => Finish::Complete,
            1 => Finish::Repetition,
            _ => Finish::TooLong,
        },
        links: kept.links,
        hints: kept.hints,
        doubts: kept.doubts,
        is_foreign: kept.is_foreign,
    })
}
