//! Decoder-only models: one GGUF file with its own tokenizer, which goes on with a prompt.
//!
//! The networks of Qwen 2, Qwen 3 and Llama are those of `candle-transformers`; that of Gemma 3 is here.

mod gemma3;
mod header;
mod template;
mod tokenizer;
mod transformers;

use std::io::Cursor;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candle_core::quantized::QMatMul;
use candle_core::{Device as CandleDevice, Tensor};

use super::error::{NetworkResult, bail, readable};
use super::files::CausalFiles;
use super::{Device, ModelError};
use gemma3::Gemma3;
use header::{Header, Kind};
use template::Template;
use tokenizer::CausalTokenizer;

pub use header::MOST_CONTEXT;

/// Most tokens that are read at once.
const PIECE: usize = 256;
/// Fewest tokens of a prefix that are worth a copy of the network's state.
const WORTH_MARKING: usize = 16;

/// A network that reads tokens and tells what may follow.
trait Network: Send {
    /// Reads `ids` `[1, tokens]`, of which the first is at `position`, and gives the logits of what follows, `[1, vocabulary]`.
    fn forward(&mut self, ids: &Tensor, position: usize) -> candle_core::Result<Tensor>;

    /// Forgets what was read after the first `tokens`; returns how many of them it still knows.
    fn keep(&mut self, tokens: usize) -> usize;

    /// Told that what was read now, `tokens` in all, is likely to be kept again.
    fn mark(&mut self, tokens: usize) {
        let _ = tokens;
    }
}

/// Reads tensors of a file whose header was checked.
struct Tensors<'a> {
    header: &'a Header,
    file: Cursor<&'a [u8]>,
    device: CandleDevice,
}

impl Tensors<'_> {
    fn matrix(&mut self, name: &str) -> NetworkResult<QMatMul> {
        let tensor = self
            .header
            .content
            .tensor(&mut self.file, name, &self.device)?;
        Ok(QMatMul::from_qtensor(tensor)?)
    }

    fn float(&mut self, name: &str) -> NetworkResult<Tensor> {
        let tensor = self
            .header
            .content
            .tensor(&mut self.file, name, &self.device)?;
        Ok(tensor.dequantize(&self.device)?)
    }
}

/// A decoder-only model.
pub struct CausalModel {
    /// Name or file, for messages.
    pub name: String,
    /// Tokens that a prompt and its answer may have together.
    pub context: usize,
    /// Whether it reads German.
    pub reads_german: bool,
    tokenizer: CausalTokenizer,
    template: Template,
    ends: Vec<u32>,
    state: Mutex<State>,
    device: CandleDevice,
}

/// The network, and the prompt that it read last.
struct State {
    network: Box<dyn Network>,
    read: Vec<u32>,
}

impl CausalModel {
    /// Checks the file and loads the network.
    ///
    /// # Errors
    /// When the file is malformed or cut off, its architecture or chat template is not one of those supported, its tokenizer
    /// is missing or of another size, or the device is not to be had.
    pub fn load(files: &CausalFiles, device: Device) -> Result<Self, ModelError> {
        Self::of(files, device).map_err(|error| ModelError {
            name: files.name.clone(),
            file: "GGUF",
            problem: readable(&error.to_string()),
        })
    }

    fn of(files: &CausalFiles, device: Device) -> NetworkResult<Self> {
        let device = match device.open() {
            Ok(device) => device.unwrap_or(CandleDevice::Cpu),
            Err(problem) => bail!("--device {device}: {problem}"),
        };
        let header = Header::read(&files.weights)?;
        let mut sizes = header.sizes()?;
        if header.kind == Kind::Llama {
            sizes.context = sizes.context.min(transformers::LLAMA_CONTEXT);
        }
        let template = Template::recognise(header.text("tokenizer.chat_template"))?;
        let tokenizer =
            CausalTokenizer::new(&header, files.tokenizer.as_deref(), sizes.vocabulary)?;
        // Says so if there is no token for a mark.
        tokenizer.prompt(&template.parts(""))?;
        let more = [
            template.end(),
            Some("<|endoftext|>"),
            Some("<|end_of_text|>"),
        ];
        let more = more
            .into_iter()
            .flatten()
            .filter_map(|end| tokenizer.id(end));
        let ends: Vec<u32> = tokenizer.ends.iter().copied().chain(more).collect();
        let reads_german = match (files.languages.as_slice(), header.languages().as_slice()) {
            // Llama's authors speak English first; the others read a hundred languages.
            ([], []) => header.kind != Kind::Llama,
            ([], languages) => languages.contains(&"de"),
            (languages, _) => languages.iter().any(|code| code == "de"),
        };
        let network: Box<dyn Network> = match header.kind {
            Kind::Gemma3 => {
                let mut tensors = Tensors {
                    header: &header,
                    file: Cursor::new(&files.weights),
                    device: device.clone(),
                };
                Box::new(Gemma3::load(&header, sizes, &mut tensors)?)
            }
            Kind::Qwen2 | Kind::Qwen3 | Kind::Llama => {
                transformers::load(header, sizes, &files.weights, &device)?
            }
        };
        Ok(Self {
            name: files.name.clone(),
            context: sizes.context,
            reads_german,
            tokenizer,
            template,
            ends,
            state: Mutex::new(State {
                network,
                read: Vec::new(),
            }),
            device,
        })
    }

    /// Whether it answers turns of a conversation; otherwise it goes on with a text.
    pub fn converses(&self) -> bool {
        self.template != Template::Plain
    }

    /// The ids of a prompt in which a user says `text`, in the form that the model was trained on. Nothing in the text is a
    /// mark of that form.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn prompt(&self, text: &str) -> NetworkResult<Vec<u32>> {
        self.tokenizer.prompt(&self.template.parts(text))
    }

    /// The ids of a text alone.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn encode(&self, text: &str) -> NetworkResult<Vec<u32>> {
        self.tokenizer.encode(text)
    }

    /// The text of ids, without marks.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.tokenizer.decode(ids)
    }

    /// Whether a token ends an answer.
    pub fn is_end(&self, id: u32) -> bool {
        self.ends.contains(&id)
    }

    /// Reads a prompt; what it shares with the last one from its beginning on is not read again where the network allows it.
    ///
    /// # Errors
    /// When it is empty or leaves no room for an answer, or a tensor operation fails.
    pub fn read(&self, prompt: &[u32]) -> NetworkResult<Reading<'_>> {
        if prompt.is_empty() || prompt.len() >= self.context {
            let (tokens, most) = (prompt.len(), self.context - 1);
            bail!("a prompt of {tokens} tokens: the model takes 1 to {most}")
        }
        // After a panic in a network its cache is not trusted.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let last = std::mem::take(&mut state.read);
        let pairs = last.iter().zip(prompt);
        let shared = pairs
            .take_while(|(a, b)| a == b)
            .count()
            .min(prompt.len() - 1);
        let mut known = state.network.keep(shared);
        if shared - known >= WORTH_MARKING {
            self.feed(&mut state, &prompt[known..shared], known)?;
            state.network.mark(shared);
            known = shared;
        }
        let logits = self.feed(&mut state, &prompt[known..], known)?;
        state.read = prompt.to_vec();
        Ok(Reading {
            model: self,
            state,
            tokens: prompt.len(),
            logits,
        })
    }

    /// Reads ids in pieces, so that attention needs little memory; the pieces are powers of two, so that candle keeps few masks.
    fn feed(&self, state: &mut State, ids: &[u32], position: usize) -> NetworkResult<Tensor> {
        let mut done = 0;
        loop {
            let left = ids.len() - done;
            let size = PIECE.min(1 << left.ilog2());
            let piece = Tensor::new(&ids[done..done + size], &self.device)?.unsqueeze(0)?;
            let logits = state.network.forward(&piece, position + done)?;
            done += size;
            if done == ids.len() {
                return Ok(logits.flatten_all()?);
            }
        }
    }
}

/// A prompt that was read, and what the model has written after it.
pub struct Reading<'a> {
    model: &'a CausalModel,
    state: MutexGuard<'a, State>,
    tokens: usize,
    logits: Tensor,
}

impl Reading<'_> {
    /// Logits of the next token, `[vocabulary]`.
    pub fn logits(&self) -> &Tensor {
        &self.logits
    }

    /// Tokens that there is room for.
    pub fn room(&self) -> usize {
        self.model.context - self.tokens
    }

    /// Takes the next token.
    ///
    /// # Errors
    /// When there is no room for it, or a tensor operation fails.
    pub fn write(&mut self, id: u32) -> NetworkResult<()> {
        if self.room() == 0 {
            bail!("the context of {} tokens is full", self.model.context)
        }
        self.logits = self.model.feed(&mut self.state, &[id], self.tokens)?;
        self.tokens += 1;
        Ok(())
    }
}
