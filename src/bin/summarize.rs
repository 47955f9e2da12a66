//! The program `summarize`.

use std::process::ExitCode;

fn main() -> ExitCode {
    degist::cli::summarize()
}
