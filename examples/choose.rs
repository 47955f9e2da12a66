//! Which sentences carry a text, without translating anything, so for texts in other languages too:
//!
//! ```sh
//! cargo run --release --example choose -- centroid 3 < records > answers
//! ```
//!
//! Each line of the input is a record, `{"text": …}`; each line of the output is `{"summary": …}`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{self, BufRead};

use degist::{Article, Length, Method, Model, hub};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, count] = arguments.as_slice() else {
        return Err("give a method and a number of sentences".into());
    };
    let (method, length) = (method.parse::<Method>()?, Length::Sentences(count.parse()?));
    let model = Model::load(&hub::embedded())?;
    for line in io::stdin().lock().lines() {
        let record: Value = serde_json::from_str(&line?)?;
        let article = Article::read(record["text"].as_str().unwrap_or_default().as_bytes())?;
        let places = article.extract(&model, length, method)?.places();
        let sentences: Vec<&str> = (places.iter())
            .map(|&place| article.source(&article.segments[place]))
            .collect();
        println!("{}", json!({ "summary": sentences.join(" ") }));
    }
    Ok(())
}
