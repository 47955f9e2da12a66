//! Chat templates: how a model wants to be spoken to.
//!
//! A template is a program in Jinja. It is never run: the few forms in use are recognised by their marks, and what they print
//! is written here. So a template can neither loop nor read anything, and text of a user can never become a mark of a turn.
//! A template of another form is refused.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::error::{NetworkResult, bail};

/// Longest template that is looked at, in bytes.
const LONGEST: usize = 1 << 18;

/// The form of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// None: a base model goes on with a text.
    Plain,
    /// Gemma's: `<start_of_turn>user`.
    Gemma,
    /// `<|im_start|>user`, as Qwen and SmolLM have it.
    ChatMl {
        /// What stands before the first turn unless somebody says otherwise.
        system: Option<String>,
        /// Whether the model thinks aloud unless its thoughts are given to it, empty.
        thinks: bool,
    },
    /// Llama 3's: `<|start_header_id|>user<|end_header_id|>`.
    Llama3,
}

/// A part of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A mark, which is one token of this name.
    Mark(&'static str),
    /// Text, in which nothing is a mark.
    Text(String),
}

use Part::{Mark, Text};

impl Template {
    /// Recognises a template; [`Template::Plain`] if there is none.
    ///
    /// # Errors
    /// When its form is not known.
    pub fn recognise(template: Option<&str>) -> NetworkResult<Self> {
        static SYSTEM: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"<\|im_start\|>system(?:\\n|\n)([^'"{}<>\\]{1,300})<\|im_end\|>"#)
                .expect("the pattern is constant")
        });
        let Some(text) = template else {
            return Ok(Self::Plain);
        };
        let has =
            |marks: &[&str]| text.len() <= LONGEST && marks.iter().all(|mark| text.contains(mark));
        if has(&["<start_of_turn>", "<end_of_turn>"]) {
            return Ok(Self::Gemma);
        }
        if has(&["<|im_start|>", "<|im_end|>"]) {
            return Ok(Self::ChatMl {
                system: SYSTEM.captures(text).map(|found| found[1].to_owned()),
                thinks: text.contains("enable_thinking"),
            });
        }
        if has(&["<|start_header_id|>", "<|eot_id|>"]) {
            return Ok(Self::Llama3);
        }
        bail!(
            "its chat template is of a form that is not known (known are those with <start_of_turn>, <|im_start|> and <|start_header_id|>)"
        )
    }

    /// The mark that ends a turn.
    pub fn end(&self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gemma => Some("<end_of_turn>"),
            Self::ChatMl { .. } => Some("<|im_end|>"),
            Self::Llama3 => Some("<|eot_id|>"),
        }
    }

    /// A prompt in which a user says `text`, up to where the model answers.
    pub fn parts(&self, text: &str) -> Vec<Part> {
        let text = text.trim();
        match self {
            Self::Plain => vec![Text(text.to_owned())],
            Self::Gemma => vec![
                Mark("<start_of_turn>"),
                Text(format!("user\n{text}")),
                Mark("<end_of_turn>"),
                Text("\n".into()),
                Mark("<start_of_turn>"),
                Text("model\n".into()),
            ],
            Self::ChatMl { system, thinks } => {
                let mut parts = Vec::new();
                let mut turn = |who: &str, text: &str| {
                    parts.push(Mark("<|im_start|>"));
                    parts.push(Text(format!("{who}\n{text}")));
                    parts.push(Mark("<|im_end|>"));
                    parts.push(Text("\n".into()));
                };
                if let Some(system) = system {
                    turn("system", system);
                }
                turn("user", text);
                parts.push(Mark("<|im_start|>"));
                parts.push(Text("assistant\n".into()));
                if *thinks {
                    parts.push(Mark("<think>"));
                    parts.push(Text("\n\n".into()));
                    parts.push(Mark("</think>"));
                    parts.push(Text("\n\n".into()));
                }
                parts
            }
            Self::Llama3 => vec![
                Mark("<|start_header_id|>"),
                Text("user".into()),
                Mark("<|end_header_id|>"),
                Text(format!("\n\n{text}")),
                Mark("<|eot_id|>"),
                Mark("<|start_header_id|>"),
                Text("assistant".into()),
                Mark("<|end_header_id|>"),
                Text("\n\n".into()),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(template: &Template, text: &str) -> String {
        let parts = template.parts(text).into_iter();
        parts
            .map(|part| match part {
                Mark(mark) => mark.to_owned(),
                Text(text) => text,
            })
            .collect()
    }

    #[test]
    fn forms_are_known_by_their_marks() {
        let qwen =
            "{%- if enable_thinking is defined %}<|im_start|>{{ role }}<|im_end|>{% endif %}";
        let qwen = Template::recognise(Some(qwen)).unwrap();
        assert_eq!(
            shown(&qwen, " Hallo "),
            "<|im_start|>user\nHallo<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
        );
        let smol = "{% for m in messages %}{{ '<|im_start|>system\\nYou are SmolLM<|im_end|>\\n' }}{% endfor %}";
        assert_eq!(
            shown(&Template::recognise(Some(smol)).unwrap(), "Hi"),
            "<|im_start|>system\nYou are SmolLM<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
        );
        let gemma = Template::recognise(Some("<start_of_turn>{{ x }}<end_of_turn>")).unwrap();
        assert_eq!(
            shown(&gemma, "Hi"),
            "<start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n"
        );
        assert_eq!(Template::recognise(None).unwrap(), Template::Plain);
    }

    #[test]
    fn a_template_is_never_run() {
        let endless = "{% for i in range(999999999999) %}{% for j in range(999999999999) %}x{% endfor %}{% endfor %}";
        let error = Template::recognise(Some(endless)).unwrap_err().to_string();
        assert!(error.contains("chat template"), "{error}");
        let known = format!("{endless}<|im_start|><|im_end|>");
        assert!(Template::recognise(Some(&known)).is_ok());
        let long = format!("<|im_start|><|im_end|>{}", " ".repeat(LONGEST));
        assert!(Template::recognise(Some(&long)).is_err());
    }
}
