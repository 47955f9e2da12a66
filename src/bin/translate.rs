//! The program `translate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    degist::cli::translate()
}
