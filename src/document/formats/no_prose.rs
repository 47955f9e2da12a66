//! Files that are no prose: told by their names or, where a name says nothing, by how they begin.

use std::ffi::OsStr;
use std::path::Path;

use super::beginning_as_text;
use crate::document::error::DocumentError;

const SAY_TEXT: &str = "to have it translated as plain text, say --input-format text";
const LEAVE_OUT: &str = "leave it out";
const CONVERT: &str = "save it in a format that degist reads, such as docx or txt, first";
const GLOSSARY: &str = "give it with --memory or --glossary, and the files to translate";

/// Kinds of files, what their owner can do, and the extensions of their names in small letters.
#[rustfmt::skip]
const KINDS: &[(&str, &str, &[&str])] = &[
    ("a style sheet", SAY_TEXT, &["css", "scss", "sass", "less", "styl"]),
    ("program text", SAY_TEXT, &[
        "js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "vue", "svelte", "py", "pyi", "pyw", "rb", "php", "java", "kt", "kts",
        "scala", "groovy", "c", "h", "cc", "cpp", "cxx", "hh", "hpp", "cs", "fs", "vb", "go", "rs", "swift", "m", "mm", "r",
        "jl", "lua", "pl", "pm", "tcl", "dart", "ex", "exs", "erl", "hs", "clj", "elm", "ml", "lisp", "el", "scm", "pas",
        "f90", "asm", "s", "sql", "graphql", "proto", "wat", "cmake", "mk", "ipynb", "jsp", "asp", "aspx", "erb", "haml",
        "jinja", "j2", "twig", "hbs", "mustache", "ejs", "pug", "coffee", "zig", "nim", "vim", "diff", "patch", "bib",
    ]),
    ("a script", SAY_TEXT, &["sh", "bash", "zsh", "fish", "csh", "ksh", "bat", "cmd", "ps1", "psm1", "awk", "sed", "applescript"]),
    ("a file of settings", SAY_TEXT, &[
        "toml", "ini", "cfg", "conf", "cnf", "env", "lock", "plist", "gradle", "editorconfig", "service", "desktop",
        "reg", "inf", "sln", "csproj", "vcxproj", "xcconfig", "tf", "tfvars", "hcl", "nix", "code-workspace", "webmanifest",
    ]),
    ("a file of data", SAY_TEXT, &[
        "json5", "xsd", "xsl", "xslt", "dtd", "wsdl", "rdf", "owl", "ttl", "geojson", "topojson", "gpx", "kml", "gml", "log",
        "ics", "vcf", "map", "har",
    ]),
    ("a picture", SAY_TEXT, &["svg", "eps", "drawio"]),
    ("a picture", LEAVE_OUT, &[
        "svgz", "png", "jpg", "jpeg", "jpe", "gif", "webp", "bmp", "tif", "tiff", "ico", "icns", "heic", "heif", "avif",
        "psd", "xcf", "ai", "raw", "cr2", "nef", "dng", "wmf", "emf", "dwg", "dxf", "odg", "vsd", "vsdx",
    ]),
    ("sound or film", LEAVE_OUT, &[
        "mp3", "mp4", "m4a", "m4v", "mkv", "avi", "mov", "webm", "wav", "flac", "ogg", "oga", "ogv", "opus", "wma", "wmv", "aac",
        "aiff", "mid", "midi", "mpg", "mpeg", "3gp", "flv", "swf", "m3u", "m3u8",
    ]),
    ("an archive", LEAVE_OUT, &[
        "zip", "gz", "tgz", "tar", "bz2", "tbz", "xz", "txz", "zst", "lz4", "7z", "rar", "jar", "war", "iso", "img", "dmg", "deb",
        "rpm", "apk", "ipa", "cab", "crx", "xpi", "whl", "gem", "bak",
    ]),
    ("a font", LEAVE_OUT, &["ttf", "otf", "woff", "woff2", "eot", "pfb", "afm"]),
    ("a program", LEAVE_OUT, &[
        "exe", "dll", "so", "dylib", "o", "a", "lib", "class", "wasm", "pyc", "pyo", "msi", "com", "elf", "bin", "obj", "pdb",
    ]),
    ("a certificate or a key", LEAVE_OUT, &["pem", "crt", "cer", "der", "p12", "pfx", "jks", "csr", "gpg", "pgp", "sig"]),
    ("a database or binary data", LEAVE_OUT, &[
        "shp", "kmz", "parquet", "avro", "orc", "db", "sqlite", "sqlite3", "mdb", "accdb", "dbf", "npy", "npz", "pkl", "h5", "hdf5",
        "mat", "rds", "rdata", "sav", "dat", "torrent", "gguf", "safetensors", "onnx", "pt", "tflite", "mo", "gmo", "idx",
    ]),
    ("a translation memory or a term base", GLOSSARY, &["tmx", "tbx"]),
    ("a document of an office program that saves in formats of its own", CONVERT, &[
        "doc", "dot", "xls", "xlt", "xlsb", "ppt", "pot", "pps", "pages", "numbers", "key", "wpd", "wps", "sxw", "sxc", "sxi", "pub",
        "one", "abw", "odb", "odf", "msg", "pst", "indd",
    ]),
    ("a book or a page in another format", CONVERT, &[
        "mobi", "azw", "azw3", "djvu", "fb2", "ps", "xps", "oxps", "chm", "mht", "mhtml",
    ]),
];

/// Names that files of programs have, whatever their extension.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "makefile", "gnumakefile", "dockerfile", "containerfile", "jenkinsfile", "vagrantfile", "gemfile", "rakefile", "procfile",
    "brewfile", "podfile", "cmakelists.txt", "requirements.txt", "constraints.txt", "robots.txt", "humans.txt", "package.json",
    "package-lock.json", "tsconfig.json", "jsconfig.json", "composer.json", "manifest.json", "angular.json", "bower.json",
    "deno.json", "tslint.json", "launch.json", "settings.json", "tasks.json", "pipfile", "go.mod", "go.sum", "cname", "codeowners",
];

/// Refuses a file whose whole name is one that files of programs have.
pub(super) fn refuse_special_name(path: &Path) -> Result<(), DocumentError> {
    match NAMES.contains(&lower(path.file_name()).as_str()) {
        true => Err(refusal("a file of settings", SAY_TEXT)),
        false => Ok(()),
    }
}

/// Refuses a file with the extension of a file that is no prose.
pub(super) fn refuse_extension(path: &Path) -> Result<(), DocumentError> {
    let extension = lower(path.extension());
    let kind = (KINDS.iter()).find(|(.., all)| all.contains(&extension.as_str()));
    match kind {
        Some(&(what, advice, _)) => Err(refusal(what, advice)),
        None => Ok(()),
    }
}

fn lower(name: Option<&OsStr>) -> String {
    let name = name.and_then(OsStr::to_str);
    name.map(str::to_ascii_lowercase).unwrap_or_default()
}

/// Refuses a file whose name says nothing and whose first bytes are not those of prose.
pub(super) fn refuse_beginning(beginning: &[u8]) -> Result<(), DocumentError> {
    let text = beginning_as_text(beginning);
    let what = match () {
        () if text.starts_with("#!") => "a script",
        () if text.starts_with("<?xml") || text.starts_with("<svg") => "an XML file",
        () if text.starts_with("<?php") => "program text",
        () if text.starts_with("-----BEGIN ") => "a certificate or a key",
        () if !is_prose(&text) => "a file of a kind that degist does not know",
        () => return Ok(()),
    };
    Err(refusal(what, SAY_TEXT))
}

fn refusal(what: &'static str, advice: &'static str) -> DocumentError {
    DocumentError::Unsupported { what, advice }
}

/// Whether a text is mostly words, and has few of the signs that programs are made of.
fn is_prose(text: &str) -> bool {
    let (mut letters, mut code, mut all) = (0, 0, 0);
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        all += 1;
        letters += usize::from(c.is_alphabetic());
        code += usize::from("{}[]<>=;$\\|&_~^`".contains(c));
    }
    code * 20 <= all && (letters * 2 >= all || code == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_told_from_code() {
        for text in [
            "",
            "Guten Tag!",
            "Am 3.10.2018 um 14.30 Uhr (MEZ) kamen 1.234,56 Euro an – so die „Zeitung“.\n\n* Punkt\n",
            "Siehe https://www.beispiel.de/a/b für mehr. Dort steht alles, was man wissen muss.",
            "12 34 56\n",
        ] {
            assert!(is_prose(text), "{text}");
        }
        for text in [
            "function gruss(name) {\n  return \"Hallo \" + name;\n}\n",
            "[server]\nport = 80\nhost = \"a.b\"\n",
            "{\"a\": [1, 2, 3], \"b\": {\"c\": null}}",
            "a;b;c\n1;2;3\n",
        ] {
            assert!(!is_prose(text), "{text}");
        }
    }
}
