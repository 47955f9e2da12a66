//! What must arrive as it is: codes, numbers, signs and marks in sentences of every kind. Only what is carried over is looked
//! at, so that these tests hold for any weights.

use crate::util::translate;

/// Translates texts in one go; each is a paragraph.
fn all(texts: &[String]) -> Vec<String> {
    let english = translate(&(texts.join("\n\n") + "\n"));
    let english: Vec<String> = english
        .trim_end()
        .split("\n\n")
        .map(str::to_owned)
        .collect();
    assert_eq!(english.len(), texts.len());
    english
}

/// Asserts that each of these stands in its translation in every carrier sentence.
fn assert_carried(values: &[&str]) {
    let carriers = [
        "Der Wert {} steht im Brief.",
        "Angabe: {}",
        "Bitte geben Sie {} an, wenn Sie schreiben.",
        "Wir haben {} gestern notiert.",
    ];
    let cases: Vec<(&str, String)> = (values.iter())
        .flat_map(|value| carriers.map(|carrier| (*value, carrier.replace("{}", value))))
        .collect();
    let texts: Vec<String> = cases.iter().map(|(_, text)| text.clone()).collect();
    let lost: Vec<String> = (cases.iter().zip(all(&texts)))
        .filter(|((value, _), english)| !english.contains(value))
        .map(|((_, text), english)| format!("{text} => {english}"))
        .collect();
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn codes_are_carried() {
    assert_carried(&[
        "DE12 3456 7890 1234 5678 90",
        "DE44500105175407324931",
        "GENODEM1ABC",
        "DE136695976",
        "+49 (0)30 1234-567",
        "030 / 123 45 67",
        "(030) 123456",
        "3 StR 123/14",
        "AB-1234-C56",
        "B-AB 1234",
        "3f2a9c01b7de",
        "123e4567-e89b-12d3-a456-426614174000",
        "978-3-123-12345-6",
        "2.4.10",
        "1.14.25",
    ]);
}

#[test]
fn marks_of_templates_are_carried() {
    assert_carried(&[
        "{name}",
        "{{name}}",
        "{{ name }}",
        "${name}",
        "#{name}",
        "%s",
        "%1$s",
        "%(name)s",
        "%{name}",
        "<0>",
        "@{name}",
        "<%= name %>",
        "{% if x %}",
        "{n, plural, one {# Tag} other {# Tage}}",
        "[[name]]",
        "__name__",
        ":smile:",
    ]);
}

#[test]
fn numbers_keep_their_signs() {
    for (german, english) in [
        ("-91,8", "-91.8"),
        ("−5,25", "-5.25"),
        ("-1.234,5", "-1,234.5"),
    ] {
        let text = format!("Der Wert {german} steht im Brief.");
        let translation = translate(&text).replace('−', "-").replace("minus ", "-");
        assert!(translation.contains(english), "{text} => {translation}");
    }
    let range = translate("Es waren 10-12 Grad in der Nacht.");
    assert!(!range.contains("-10") && !range.contains(" -12"), "{range}");
}
