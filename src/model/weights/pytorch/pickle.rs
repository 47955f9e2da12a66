//! The machine that runs pickles: it calls no functions, but knows what those of a state dictionary would have made.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::error::{NetworkResult, bail};

/// A tensor as a view of its storage.
#[derive(Debug, Clone)]
pub struct StoredTensor {
    pub storage: Arc<Storage>,
    /// In elements, as the strides.
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

#[derive(Debug)]
pub struct Storage {
    pub key: Arc<str>,
    pub dtype: Dtype,
    /// Elements.
    len: usize,
}

/// Data type of a storage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dtype {
    F32,
    F16,
    Bf16,
    /// Not read: so many bytes.
    Other(usize),
}

impl Dtype {
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

    /// Bytes of an element.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(bytes) => bytes,
        }
    }
}

/// A value on the stack of the machine. Lists keep only texts and dictionaries only tensors, and tuples nest only so
/// deep: a hostile file builds no towers.
#[derive(Debug, Clone)]
pub enum PickleValue {
    Mark,
    Integer(i64),
    Text(Arc<str>),
    /// Module and name, with a space between them.
    Class(Arc<str>),
    Tuple(Rc<Tuple>),
    List(Rc<RefCell<Vec<Arc<str>>>>),
    Dictionary(Rc<RefCell<Vec<NamedTensor>>>),
    Storage(Arc<Storage>),
    Tensor(Arc<StoredTensor>),
    /// Anything else.
    Other,
}

/// A tensor and its name.
pub type NamedTensor = (Arc<str>, Arc<StoredTensor>);

#[derive(Debug)]
pub struct Tuple {
    items: Vec<PickleValue>,
    depth: usize,
}

/// Tuples within tuples; those of a tensor have two levels.
const DEEPEST: usize = 16;

/// Runs the pickle at the beginning of `bytes`, which go on after it.
pub fn unpickle(bytes: &mut &[u8]) -> NetworkResult<PickleValue> {
    let mut machine = Machine {
        rest: bytes,
        stack: Vec::new(),
        memo: HashMap::new(),
    };
    while let Some(step) = machine.step() {
        if let Instruction::Stop(value) = step {
            *bytes = machine.rest;
            return Ok(value);
        }
    }
    bail!("its directory is broken or cut off, or made in an unknown way")
}

enum Instruction {
    Next,
    Stop(PickleValue),
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<PickleValue>,
    memo: HashMap<u32, PickleValue>,
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

    fn text(&mut self, bytes: usize) -> Option<PickleValue> {
        let len = usize::try_from(self.number(bytes)?).ok()?;
        let text = std::str::from_utf8(self.take(len)?).ok()?;
        Some(PickleValue::Text(text.into()))
    }

    fn line(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end]).ok()
    }

    fn after_mark(&mut self) -> Option<Vec<PickleValue>> {
        let mark = self
            .stack
            .iter()
            .rposition(|value| matches!(value, PickleValue::Mark))?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Some(items)
    }

    fn last(&mut self, count: usize) -> Option<Vec<PickleValue>> {
        let start = self.stack.len().checked_sub(count)?;
        Some(self.stack.split_off(start))
    }

    fn memorise(&mut self, key: u32) -> Option<()> {
        let value = self.stack.last()?.clone();
        self.memo.insert(key, value);
        Some(())
    }

    /// One instruction; `None` when it is unknown or cannot be done.
    fn step(&mut self) -> Option<Instruction> {
        let value = match self.take(1)?[0] {
            b'.' => return Some(Instruction::Stop(self.stack.pop()?)),
            // Version and frames.
            0x80 => {
                self.take(1)?;
                return Some(Instruction::Next);
            }
            0x95 => {
                self.take(8)?;
                return Some(Instruction::Next);
            }
            b'0' => {
                self.stack.pop()?;
                return Some(Instruction::Next);
            }
            code @ (b'q' | b'r' | 0x94) => {
                let key = match code {
                    b'q' => self.number(1)?,
                    b'r' => self.number(4)?,
                    _ => self.memo.len() as u64,
                };
                self.memorise(u32::try_from(key).ok()?)?;
                return Some(Instruction::Next);
            }
            b'h' => {
                let key = self.number(1)? as u32;
                self.memo.get(&key)?.clone()
            }
            b'j' => {
                let key = self.number(4)? as u32;
                self.memo.get(&key)?.clone()
            }
            b'(' => PickleValue::Mark,
            b'N' | 0x88 | 0x89 => PickleValue::Other,
            b'G' => {
                self.take(8)?;
                PickleValue::Other
            }
            b'K' => PickleValue::Integer(self.number(1)? as i64),
            b'M' => PickleValue::Integer(self.number(2)? as i64),
            b'J' => PickleValue::Integer(i64::from(self.number(4)? as u32 as i32)),
            0x8a => {
                let len = self.number(1)? as usize;
                let bytes = self.take(len)?;
                // Longer ones are no sizes.
                match bytes.len() {
                    0..=8 => {
                        let mut number = [0; 8];
                        number[..len].copy_from_slice(bytes);
                        PickleValue::Integer(i64::from_le_bytes(number))
                    }
                    _ => PickleValue::Other,
                }
            }
            b'X' | b'T' => self.text(4)?,
            0x8c | b'U' => self.text(1)?,
            0x8d => self.text(8)?,
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                PickleValue::Class(format!("{module} {name}").into())
            }
            0x93 => match self.last(2)?.as_slice() {
                [PickleValue::Text(module), PickleValue::Text(name)] => {
                    PickleValue::Class(format!("{module} {name}").into())
                }
                _ => return None,
            },
            b')' => tuple(Vec::new())?,
            0x85 => tuple(self.last(1)?)?,
            0x86 => tuple(self.last(2)?)?,
            0x87 => tuple(self.last(3)?)?,
            b't' => tuple(self.after_mark()?)?,
            b']' => PickleValue::List(Rc::default()),
            b'}' => PickleValue::Dictionary(Rc::default()),
            b'a' => {
                let items = self.last(1)?;
                self.append(items)?;
                return Some(Instruction::Next);
            }
            b'e' => {
                let items = self.after_mark()?;
                self.append(items)?;
                return Some(Instruction::Next);
            }
            b's' => {
                let items = self.last(2)?;
                self.insert(items)?;
                return Some(Instruction::Next);
            }
            b'u' => {
                let items = self.after_mark()?;
                self.insert(items)?;
                return Some(Instruction::Next);
            }
            // What an object is told after it was made does not matter.
            b'b' => {
                self.stack.pop()?;
                return Some(Instruction::Next);
            }
            b'Q' => storage(&self.stack.pop()?).unwrap_or(PickleValue::Other),
            b'R' | 0x81 => {
                let (arguments, function) = (self.stack.pop()?, self.stack.pop()?);
                called(&function, &arguments)
            }
            _ => return None,
        };
        self.stack.push(value);
        Some(Instruction::Next)
    }

    fn append(&mut self, items: Vec<PickleValue>) -> Option<()> {
        if let PickleValue::List(list) = self.stack.last()? {
            let texts = items.into_iter().filter_map(|item| match item {
                PickleValue::Text(text) => Some(text),
                _ => None,
            });
            list.borrow_mut().extend(texts);
        }
        Some(())
    }

    fn insert(&mut self, items: Vec<PickleValue>) -> Option<()> {
        if let PickleValue::Dictionary(dictionary) = self.stack.last()? {
            let pairs = items.as_chunks::<2>().0.iter();
            let tensors = pairs.filter_map(|pair| match pair {
                [PickleValue::Text(name), PickleValue::Tensor(tensor)] => {
                    Some((name.clone(), tensor.clone()))
                }
                _ => None,
            });
            dictionary.borrow_mut().extend(tensors);
        }
        Some(())
    }
}

fn tuple(items: Vec<PickleValue>) -> Option<PickleValue> {
    let depth = |item: &PickleValue| match item {
        PickleValue::Tuple(tuple) => tuple.depth + 1,
        _ => 1,
    };
    let depth = items.iter().map(depth).max().unwrap_or(0);
    (depth <= DEEPEST).then(|| PickleValue::Tuple(Rc::new(Tuple { items, depth })))
}

/// A storage from `("storage", class, key, device, elements)`.
fn storage(id: &PickleValue) -> Option<PickleValue> {
    let PickleValue::Tuple(tuple) = id else {
        return None;
    };
    let [
        PickleValue::Text(kind),
        PickleValue::Class(class),
        PickleValue::Text(key),
        _,
        PickleValue::Integer(len),
        ..,
    ] = tuple.items.as_slice()
    else {
        return None;
    };
    (&**kind == "storage").then_some(())?;
    Some(PickleValue::Storage(Arc::new(Storage {
        key: key.clone(),
        dtype: Dtype::of_class(class)?,
        len: usize::try_from(*len).ok()?,
    })))
}

/// The result of a function of a state dictionary; [`PickleValue::Other`] for any other.
fn called(function: &PickleValue, arguments: &PickleValue) -> PickleValue {
    let (PickleValue::Class(class), PickleValue::Tuple(arguments)) = (function, arguments) else {
        return PickleValue::Other;
    };
    match (&**class, arguments.items.as_slice()) {
        ("collections OrderedDict", _) => PickleValue::Dictionary(Rc::default()),
        ("torch._utils _rebuild_parameter", [PickleValue::Tensor(tensor), ..]) => {
            PickleValue::Tensor(tensor.clone())
        }
        (
            "torch._utils _rebuild_tensor_v2",
            [
                PickleValue::Storage(storage),
                PickleValue::Integer(offset),
                PickleValue::Tuple(shape),
                PickleValue::Tuple(strides),
                ..,
            ],
        ) => {
            let numbers = |tuple: &Tuple| -> Option<Vec<usize>> {
                let number = |item: &PickleValue| match item {
                    PickleValue::Integer(number) => usize::try_from(*number).ok(),
                    _ => None,
                };
                tuple.items.iter().map(number).collect()
            };
            let tensor = || {
                let (shape, strides) = (numbers(shape)?, numbers(strides)?);
                let offset = usize::try_from(*offset).ok()?;
                (shape.len() == strides.len() && offset <= storage.len).then(|| StoredTensor {
                    storage: storage.clone(),
                    offset,
                    shape,
                    strides,
                })
            };
            tensor().map_or(PickleValue::Other, |tensor| {
                PickleValue::Tensor(Arc::new(tensor))
            })
        }
        _ => PickleValue::Other,
    }
}
