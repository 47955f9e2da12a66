//! Networks, one file for each architecture; each reads like the equations of its paper.

pub(crate) mod decoder;
pub(crate) mod marian;
pub(crate) mod output;
pub(crate) mod student;
pub(crate) mod t5;
pub(crate) mod transformer;
