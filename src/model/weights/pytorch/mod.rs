//! PyTorch's `pytorch_model.bin`: a pickled dictionary of names and tensors, since PyTorch 1.6 in a zip archive, before
//! that followed by the storages in one file.
//!
//! A pickle is a program for a small machine that calls Python functions. This machine calls none: it knows what the
//! functions of a state dictionary would have made and rejects tensors made in any other way. candle's own reader is not
//! used because it wants a path, knows only the archive, and trusts the lengths in the file.

mod container;
mod pickle;

pub use container::PyTorchFile;
