//! Arithmetic on the CPU: matrix products in f32 and in 8 bits, attention, norms, activations. Every kernel gives the same
//! bits on every CPU.

pub(crate) mod activation;
pub(crate) mod attention;
pub mod cpu;
pub(crate) mod exp;
pub(crate) mod float;
pub(crate) mod kv_cache;
pub(crate) mod matrix;
pub(crate) mod norm;
pub mod quantised;
#[cfg(feature = "llm")]
pub mod threads;
