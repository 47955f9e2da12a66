//! Words of a spreadsheet that it refers to by their letters: a cell that is one of them stays as it is.

use std::collections::HashSet;

/// Names of columns, values of filters, and texts in quotes in formulas.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Adds a name.
    pub(super) fn add(&mut self, name: &str) {
        let name = name.trim();
        if name.contains(char::is_alphabetic) {
            self.0.insert(name.to_lowercase());
        }
    }

    /// Adds the texts in quotes in a formula or a condition, also the members of a list and what a comparison is with.
    pub(super) fn add_formula(&mut self, formula: &str) {
        // A quote in a text is written twice, which ends one text and begins the next: no cell has either.
        for text in formula.split('"').skip(1).step_by(2) {
            self.add(text);
            self.add(text.trim_matches(['<', '>', '=', '*', '?', '~']));
            if text.contains([',', ';']) {
                text.split([',', ';']).for_each(|member| self.add(member));
            }
        }
    }

    /// Whether a text is one of them.
    pub(super) fn contains(&self, text: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&text.trim().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn texts_in_formulas_are_names() {
        let mut names = Names::default();
        names.add_formula("IF(A1=\"Ja\",COUNTIF(B:B,\"<>offen\"),\"nicht \"\"hier\"\"\")");
        names.add_formula("\"Rot,Grün;Blau\"");
        names.add("Preis ");
        for name in [
            "ja", "Ja", "offen", "rot", "GRÜN", "Blau", "Preis", " Preis",
        ] {
            assert!(names.contains(name), "{name}");
        }
        for other in ["A1", "IF", "Jahr", "", "B:B"] {
            assert!(!names.contains(other), "{other}");
        }
    }
}
