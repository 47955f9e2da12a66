//! PyTorch's `pytorch_model.bin`: a pickled dictionary of names and tensors, since PyTorch 1.6 in a zip archive, before
//! that followed by the numbers in one file.
//!
//! A pickle is a program for a small machine that calls Python functions. This machine calls none: it knows what the
//! functions of a state dictionary would have made and refuses tensors made in any other way. candle's own reader is not
//! used because it wants a path, knows only the archive, and trusts the lengths in the file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Cursor;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::error::{NetworkError, NetworkResult, bail};
use half::{bf16, f16};

use super::expect_shape;

/// A file of tensors, its directory read.
pub struct PyTorchFile<'a> {
    tensors: HashMap<String, Tensor>,
    /// By the key of a storage: how its numbers are written, and their bytes.
    storages: HashMap<String, (Number, &'a [u8])>,
}

/// Where a tensor stands in its storage.
#[derive(Debug, Clone)]
struct Tensor {
    storage: Arc<Storage>,
    /// In numbers, as the next two.
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

#[derive(Debug)]
struct Storage {
    key: Arc<str>,
    number: Number,
    /// Numbers.
    len: usize,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    F32,
    F16,
    Bf16,
    /// Of no use here: so many bytes.
    Other(usize),
}

impl Number {
    fn of_class(class: &str) -> Option<Self> {
        Some(match class {
            "torch FloatStorage" => Self::F32,
            "torch HalfStorage" => Self::F16,
            "torch BFloat16Storage" => Self::Bf16,
            "torch DoubleStorage" | "torch LongStorage" => Self::Other(8),
            "torch IntStorage" => Self::Other(4),
            "torch ShortStorage" => Self::Other(2),
            "torch CharStorage" | "torch ByteStorage" | "torch BoolStorage" => Self::Other(1),
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(bytes) => bytes,
        }
    }
}

/// What a file of the old kind begins with: a pickled number.
const OLD: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

impl<'a> PyTorchFile<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// When the bytes are no such file, are cut off, or hold something else than tensors by their names.
    pub fn open(bytes: &'a [u8]) -> NetworkResult<Self> {
        if bytes.starts_with(OLD) {
            return Self::open_old(bytes);
        }
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            NetworkError::new(format!("it is no PyTorch file, or it is cut off: {error}"))
        })?;
        let broken = |error: zip::result::ZipError| NetworkError::new(error.to_string());
        let mut entries: HashMap<String, &[u8]> = HashMap::new();
        for i in 0..archive.len() {
            let entry = archive.by_index(i).map_err(broken)?;
            let name = entry.name().map_err(broken)?.into_owned();
            // PyTorch does not compress; so the bytes can be taken from where they stand.
            let data = (entry.compression() == zip::CompressionMethod::Stored)
                .then(|| Some((entry.data_start()?, entry.size())))
                .flatten();
            let data = data.and_then(|(start, size)| {
                let (start, size) = (usize::try_from(start).ok()?, usize::try_from(size).ok()?);
                bytes.get(start..start.checked_add(size)?)
            });
            match data {
                Some(data) => entries.insert(name, data),
                None => bail!("the entry {name} is compressed or cut off"),
            };
        }
        let directory = entries.iter().find_map(|(name, data)| {
            let folder = name.strip_suffix("data.pkl")?;
            Some((folder, *data))
        });
        let Some((folder, mut directory)) = directory else {
            bail!("it is an archive without data.pkl, no PyTorch file")
        };
        let tensors = dictionary(unpickle(&mut directory)?)?;
        let mut storages = HashMap::new();
        for tensor in tensors.values() {
            let storage = &tensor.storage;
            if let Some(data) = entries.get(&format!("{folder}data/{}", storage.key)) {
                storages.insert(storage.key.to_string(), (storage.number, *data));
            }
        }
        Ok(Self { tensors, storages })
    }

    /// A file from before PyTorch 1.6: pickles of a magic number, a version, facts about the machine, the dictionary,
    /// and the keys of the storages; then each storage, its length before it.
    fn open_old(bytes: &'a [u8]) -> NetworkResult<Self> {
        let mut rest = bytes;
        for _ in 0..3 {
            unpickle(&mut rest)?;
        }
        let tensors = dictionary(unpickle(&mut rest)?)?;
        let Value::List(keys) = unpickle(&mut rest)? else {
            bail!("the list of storages is missing")
        };
        let known: HashMap<&str, Number> = (tensors.values())
            .map(|tensor| (&*tensor.storage.key, tensor.storage.number))
            .collect();
        let mut storages = HashMap::new();
        for key in keys.borrow().iter() {
            let Some(&number) = known.get(&**key) else {
                bail!("the storage {key} belongs to no tensor")
            };
            let data = rest.split_first_chunk::<8>().and_then(|(len, rest)| {
                let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
                rest.split_at_checked(len.checked_mul(number.bytes())?)
            });
            let Some((data, after)) = data else {
                bail!("the storage {key} ends outside the file: the file is cut off")
            };
            rest = after;
            storages.insert(key.to_string(), (number, data));
        }
        Ok(Self { tensors, storages })
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The tensors of floating-point numbers: names and shapes.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let floats = (self.tensors.iter())
            .filter(|(_, tensor)| !matches!(tensor.storage.number, Number::Other(_)));
        floats
            .map(|(name, tensor)| (name.clone(), tensor.shape.clone()))
            .collect()
    }

    /// The numbers of a tensor, row by row.
    ///
    /// # Errors
    /// When the tensor is missing, has another shape, is not f32, f16 or bf16, or ends outside the file.
    pub fn values(&self, name: &str, shape: &[usize]) -> NetworkResult<Vec<f32>> {
        let Some(tensor) = self.tensors.get(name) else {
            bail!("the tensor {name} is missing")
        };
        expect_shape(name, &tensor.shape, shape)?;
        let mut dense = 1usize;
        for (&size, &stride) in shape.iter().zip(&tensor.strides).rev() {
            if size > 1 && stride != dense {
                bail!("the tensor {name} does not stand row by row, which is not supported")
            }
            dense = dense.saturating_mul(size);
        }
        let data = self.storages.get(&*tensor.storage.key);
        let data = data.and_then(|&(number, data)| {
            let at = |index: usize| index.checked_mul(number.bytes());
            let end = tensor.offset.checked_add(dense)?;
            Some((number, data.get(at(tensor.offset)?..at(end)?)?))
        });
        let Some((number, data)) = data else {
            bail!("the tensor {name} ends outside the file: the file is cut off")
        };
        let halves = data.as_chunks::<2>().0.iter();
        Ok(match number {
            Number::F32 => (data.as_chunks().0.iter())
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
            Number::F16 => halves.map(|&x| f16::from_le_bytes(x).to_f32()).collect(),
            Number::Bf16 => halves.map(|&x| bf16::from_le_bytes(x).to_f32()).collect(),
            Number::Other(_) => bail!("the tensor {name} is not in f32, f16 or bf16"),
        })
    }
}

fn dictionary(value: Value) -> NetworkResult<HashMap<String, Tensor>> {
    let Value::Dictionary(items) = value else {
        bail!("it does not hold tensors by their names")
    };
    let items = items.borrow();
    Ok((items.iter())
        .map(|(name, tensor)| (name.to_string(), Tensor::clone(tensor)))
        .collect())
}

/// What stands on the stack of the machine. Lists keep only texts and dictionaries only tensors, and tuples nest only so
/// deep: a hostile file builds no towers.
#[derive(Debug, Clone)]
enum Value {
    Mark,
    Number(i64),
    Text(Arc<str>),
    /// Module and name, with a space between them.
    Class(Arc<str>),
    Tuple(Rc<Tuple>),
    List(Rc<RefCell<Vec<Arc<str>>>>),
    Dictionary(Rc<RefCell<Vec<Named>>>),
    Storage(Arc<Storage>),
    Tensor(Arc<Tensor>),
    /// Of no use here.
    Other,
}

/// A tensor and its name.
type Named = (Arc<str>, Arc<Tensor>);

#[derive(Debug)]
struct Tuple {
    items: Vec<Value>,
    depth: usize,
}

/// Tuples within tuples; those of a tensor have two levels.
const DEEPEST: usize = 16;

/// Runs the pickle at the beginning of `bytes`, which go on after it.
fn unpickle(bytes: &mut &[u8]) -> NetworkResult<Value> {
    let mut machine = Machine {
        rest: bytes,
        stack: Vec::new(),
        memo: HashMap::new(),
    };
    while let Some(step) = machine.step() {
        if let Step::Stop(value) = step {
            *bytes = machine.rest;
            return Ok(value);
        }
    }
    bail!("its directory is broken or cut off, or made in an unknown way")
}

enum Step {
    Next,
    Stop(Value),
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
}

impl<'a> Machine<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(len)?;
        self.rest = tail;
        Some(head)
    }

    /// A little-endian number of up to eight bytes.
    fn number(&mut self, bytes: usize) -> Option<u64> {
        let bytes = self.take(bytes)?;
        let mut number = [0; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        Some(u64::from_le_bytes(number))
    }

    fn text(&mut self, bytes: usize) -> Option<Value> {
        let len = usize::try_from(self.number(bytes)?).ok()?;
        let text = std::str::from_utf8(self.take(len)?).ok()?;
        Some(Value::Text(text.into()))
    }

    fn line(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end]).ok()
    }

    fn after_mark(&mut self) -> Option<Vec<Value>> {
        let mark = self
            .stack
            .iter()
            .rposition(|value| matches!(value, Value::Mark))?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Some(items)
    }

    fn last(&mut self, count: usize) -> Option<Vec<Value>> {
        let start = self.stack.len().checked_sub(count)?;
        Some(self.stack.split_off(start))
    }

    fn memorise(&mut self, key: u32) -> Option<()> {
        let value = self.stack.last()?.clone();
        self.memo.insert(key, value);
        Some(())
    }

    /// One instruction; `None` when it is unknown or cannot be done.
    fn step(&mut self) -> Option<Step> {
        let value = match self.take(1)?[0] {
            b'.' => return Some(Step::Stop(self.stack.pop()?)),
            // Version and frames.
            0x80 => {
                self.take(1)?;
                return Some(Step::Next);
            }
            0x95 => {
                self.take(8)?;
                return Some(Step::Next);
            }
            b'0' => {
                self.stack.pop()?;
                return Some(Step::Next);
            }
            code @ (b'q' | b'r' | 0x94) => {
                let key = match code {
                    b'q' => self.number(1)?,
                    b'r' => self.number(4)?,
                    _ => self.memo.len() as u64,
                };
                self.memorise(u32::try_from(key).ok()?)?;
                return Some(Step::Next);
            }
            b'h' => {
                let key = self.number(1)? as u32;
                self.memo.get(&key)?.clone()
            }
            b'j' => {
                let key = self.number(4)? as u32;
                self.memo.get(&key)?.clone()
            }
            b'(' => Value::Mark,
            b'N' | 0x88 | 0x89 => Value::Other,
            b'G' => {
                self.take(8)?;
                Value::Other
            }
            b'K' => Value::Number(self.number(1)? as i64),
            b'M' => Value::Number(self.number(2)? as i64),
            b'J' => Value::Number(i64::from(self.number(4)? as u32 as i32)),
            0x8a => {
                let len = self.number(1)? as usize;
                let bytes = self.take(len)?;
                // Longer ones are no sizes.
                match bytes.len() {
                    0..=8 => {
                        let mut number = [0; 8];
                        number[..len].copy_from_slice(bytes);
                        Value::Number(i64::from_le_bytes(number))
                    }
                    _ => Value::Other,
                }
            }
            b'X' | b'T' => self.text(4)?,
            0x8c | b'U' => self.text(1)?,
            0x8d => self.text(8)?,
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                Value::Class(format!("{module} {name}").into())
            }
            0x93 => match self.last(2)?.as_slice() {
                [Value::Text(module), Value::Text(name)] => {
                    Value::Class(format!("{module} {name}").into())
                }
                _ => return None,
            },
            b')' => tuple(Vec::new())?,
            0x85 => tuple(self.last(1)?)?,
            0x86 => tuple(self.last(2)?)?,
            0x87 => tuple(self.last(3)?)?,
            b't' => tuple(self.after_mark()?)?,
            b']' => Value::List(Rc::default()),
            b'}' => Value::Dictionary(Rc::default()),
            b'a' => {
                let items = self.last(1)?;
                self.append(items)?;
                return Some(Step::Next);
            }
            b'e' => {
                let items = self.after_mark()?;
                self.append(items)?;
                return Some(Step::Next);
            }
            b's' => {
                let items = self.last(2)?;
                self.insert(items)?;
                return Some(Step::Next);
            }
            b'u' => {
                let items = self.after_mark()?;
                self.insert(items)?;
                return Some(Step::Next);
            }
            // What an object is told after it was made does not matter.
            b'b' => {
                self.stack.pop()?;
                return Some(Step::Next);
            }
            b'Q' => storage(&self.stack.pop()?).unwrap_or(Value::Other),
            b'R' | 0x81 => {
                let (arguments, function) = (self.stack.pop()?, self.stack.pop()?);
                called(&function, &arguments)
            }
            _ => return None,
        };
        self.stack.push(value);
        Some(Step::Next)
    }

    fn append(&mut self, items: Vec<Value>) -> Option<()> {
        if let Value::List(list) = self.stack.last()? {
            let texts = items.into_iter().filter_map(|item| match item {
                Value::Text(text) => Some(text),
                _ => None,
            });
            list.borrow_mut().extend(texts);
        }
        Some(())
    }

    fn insert(&mut self, items: Vec<Value>) -> Option<()> {
        if let Value::Dictionary(dictionary) = self.stack.last()? {
            let pairs = items.as_chunks::<2>().0.iter();
            let tensors = pairs.filter_map(|pair| match pair {
                [Value::Text(name), Value::Tensor(tensor)] => Some((name.clone(), tensor.clone())),
                _ => None,
            });
            dictionary.borrow_mut().extend(tensors);
        }
        Some(())
    }
}

fn tuple(items: Vec<Value>) -> Option<Value> {
    let depth = |item: &Value| match item {
        Value::Tuple(tuple) => tuple.depth + 1,
        _ => 1,
    };
    let depth = items.iter().map(depth).max().unwrap_or(0);
    (depth <= DEEPEST).then(|| Value::Tuple(Rc::new(Tuple { items, depth })))
}

/// `("storage", class, key, device, numbers)`.
fn storage(id: &Value) -> Option<Value> {
    let Value::Tuple(tuple) = id else { return None };
    let [
        Value::Text(kind),
        Value::Class(class),
        Value::Text(key),
        _,
        Value::Number(len),
        ..,
    ] = tuple.items.as_slice()
    else {
        return None;
    };
    (&**kind == "storage").then_some(())?;
    Some(Value::Storage(Arc::new(Storage {
        key: key.clone(),
        number: Number::of_class(class)?,
        len: usize::try_from(*len).ok()?,
    })))
}

/// What a function of a state dictionary makes; [`Value::Other`] for any other.
fn called(function: &Value, arguments: &Value) -> Value {
    let (Value::Class(class), Value::Tuple(arguments)) = (function, arguments) else {
        return Value::Other;
    };
    match (&**class, arguments.items.as_slice()) {
        ("collections OrderedDict", _) => Value::Dictionary(Rc::default()),
        ("torch._utils _rebuild_parameter", [Value::Tensor(tensor), ..]) => {
            Value::Tensor(tensor.clone())
        }
        (
            "torch._utils _rebuild_tensor_v2",
            [
                Value::Storage(storage),
                Value::Number(offset),
                Value::Tuple(shape),
                Value::Tuple(strides),
                ..,
            ],
        ) => {
            let numbers = |tuple: &Tuple| -> Option<Vec<usize>> {
                let number = |item: &Value| match item {
                    Value::Number(number) => usize::try_from(*number).ok(),
                    _ => None,
                };
                tuple.items.iter().map(number).collect()
            };
            let tensor = || {
                let (shape, strides) = (numbers(shape)?, numbers(strides)?);
                let offset = usize::try_from(*offset).ok()?;
                (shape.len() == strides.len() && offset <= storage.len).then(|| Tensor {
                    storage: storage.clone(),
                    offset,
                    shape,
                    strides,
                })
            };
            tensor().map_or(Value::Other, |tensor| Value::Tensor(Arc::new(tensor)))
        }
        _ => Value::Other,
    }
}
