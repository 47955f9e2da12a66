//! degist
#![allow(missing_docs)]
pub mod model;
pub mod hub;
pub mod decode;
