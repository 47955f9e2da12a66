//! The program `degist`.

use std::process::ExitCode;

fn main() -> ExitCode {
    degist::cli::degist()
}
