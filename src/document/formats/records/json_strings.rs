//! The strings of JSON, with the paths of names that lead to them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Levels of objects and arrays that are looked into.
const DEEPEST: usize = 64;

/// The fields of a JSON object in their order, their values as they are written.
///
/// # Errors
/// When it is no JSON object.
pub fn json_fields(json: &str) -> serde_json::Result<Vec<(String, &str)>> {
    struct Fields;
    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(String, &'de str)>;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("a JSON object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut fields = Vec::new();
            while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                let value: &RawValue = map.next_value()?;
                fields.push((name.into_owned(), value.get()));
            }
            Ok(fields)
        }
    }
    let mut parser = serde_json::Deserializer::from_str(json);
    let fields = parser.deserialize_map(Fields)?;
    parser.end()?;
    Ok(fields)
}

/// The elements of a JSON array, as they are written.
fn elements(json: &str) -> serde_json::Result<Vec<&str>> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de str>;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("a JSON array")
        }

        fn visit_seq<S: SeqAccess<'de>>(self, mut array: S) -> Result<Self::Value, S::Error> {
            let mut elements = Vec::new();
            while let Some(element) = array.next_element::<&RawValue>()? {
                elements.push(element.get());
            }
            Ok(elements)
        }
    }
    let mut parser = serde_json::Deserializer::from_str(json);
    let elements = parser.deserialize_seq(Elements)?;
    parser.end()?;
    Ok(elements)
}

/// A value in JSON that is no object and no array.
pub struct Leaf<'j> {
    /// The names that lead to it, with points between them; the elements of an array have the path of the array.
    pub path: String,
    /// As it is written.
    pub raw: &'j str,
}

impl Leaf<'_> {
    /// Whether it is a string.
    pub fn is_string(&self) -> bool {
        self.raw.starts_with('"')
    }

    /// The text of a string.
    ///
    /// # Errors
    /// When it is none, or has half of a surrogate pair.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::from_str(self.raw)
    }
}

/// The leaves of an object or an array, in their order. What is nested too deep is left out.
///
/// # Errors
/// When it is neither, or malformed.
pub fn strings(json: &str) -> serde_json::Result<Vec<Leaf<'_>>> {
    let mut leaves = Vec::new();
    walk(json, "", DEEPEST, &mut leaves)?;
    Ok(leaves)
}

fn walk<'j>(
    json: &'j str,
    path: &str,
    depth: usize,
    leaves: &mut Vec<Leaf<'j>>,
) -> serde_json::Result<()> {
    let is_container = |json: &str| json.trim_start().starts_with(['{', '[']);
    let mut visit = |path: String, raw: &'j str| match is_container(raw) {
        true if depth == 0 => Ok(()),
        true => walk(raw, &path, depth - 1, leaves),
        false => {
            leaves.push(Leaf { path, raw });
            Ok(())
        }
    };
    if json.trim_start().starts_with('[') {
        return elements(json)?
            .into_iter()
            .try_for_each(|element| visit(path.to_owned(), element));
    }
    json_fields(json)?.into_iter().try_for_each(|(name, raw)| {
        let path = match path {
            "" => name,
            path => format!("{path}.{name}"),
        };
        visit(path, raw)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_through_objects_and_arrays() {
        let json = r#"[{"a": {"b": ["x", {"c": "y"}], "d": 1}}, {"a.e": null}]"#;
        let found: Vec<(String, &str)> = (strings(json).unwrap().into_iter())
            .map(|leaf| (leaf.path, leaf.raw))
            .collect();
        let expected = [
            ("a.b", "\"x\""),
            ("a.b.c", "\"y\""),
            ("a.d", "1"),
            ("a.e", "null"),
        ];
        assert_eq!(found, expected.map(|(path, raw)| (path.to_owned(), raw)));
        for bad in ["", "x", "1", "\"x\"", "{", "[1,]", "{} {}"] {
            assert!(strings(bad).is_err(), "{bad}");
        }
        let deep = format!("{}\"x\"{}", "[".repeat(100), "]".repeat(100));
        assert!(strings(&deep).unwrap().is_empty());
    }
}
