"""Makes a small student network with random weights and records what the equations of models/ARCHITECTURE.md give.

    pip install numpy safetensors
    python3 tests/parity/make_student.py

Written from the equations alone, in NumPy and float64, one sentence at a time and without padding, so that it shares
nothing with the program that is held against it. Writes student/{config.json, model.safetensors, *.tokenizer.json} and
student/expected.jsonl: source ids, greedy target ids, encoder states and first logits. The same in student-hints/, for the
same weights with dictionary hints and two placeholders.
"""

import json
import pathlib

import numpy as np
from safetensors.numpy import save_file

D, HEADS, FFN, ENCODER, DECODER, SOURCE, TARGET = 32, 4, 64, 2, 2, 50, 61
EOS, UNK = 0, 1
rng = np.random.default_rng(2)
here = pathlib.Path(__file__).parent
weights = {}


def tensor(name, *shape, scale=None, mean=0.0):
    scale = scale or 2.5 / np.sqrt(shape[-1])
    weights[name] = (mean + rng.normal(0, scale, shape)).astype(np.float16)


def linear(name, out, inp, bias=True):
    tensor(f"{name}.weight", out, inp)
    if bias:
        tensor(f"{name}.bias", out, scale=0.1)


def norm(name):
    tensor(f"{name}.weight", D, scale=1.0)
    tensor(f"{name}.bias", D, scale=0.1)


tensor("source_embedding.weight", SOURCE, D, scale=0.3)
tensor("target_embedding.weight", TARGET, D, scale=0.08)
tensor("output.bias", TARGET, scale=0.2)
for side, count, attention in (("encoder", ENCODER, "self_attn"), ("decoder", DECODER, "encoder_attn")):
    for i in range(count):
        path = f"{side}.layers.{i}"
        if side == "decoder":
            linear(f"{path}.rnn.w", D, D, bias=False)
            linear(f"{path}.rnn.wf", D, D)
            norm(f"{path}.rnn_layer_norm")
        for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(f"{path}.{attention}.{projection}", D, D)
        norm(f"{path}.{attention}_layer_norm")
        linear(f"{path}.fc1", FFN, D)
        linear(f"{path}.fc2", D, FFN)
        norm(f"{path}.final_layer_norm")

# Of its own, so that the other weights do not depend on it.
hint = np.random.default_rng(3).normal(0, 0.3, (2, D)).astype(np.float16)

w = {name: value.astype(np.float64) for name, value in weights.items()}


def apply(name, x):
    y = x @ w[f"{name}.weight"].T
    return y + w[f"{name}.bias"] if f"{name}.bias" in w else y


def layer_norm(name, x):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-6) * w[f"{name}.weight"] + w[f"{name}.bias"]


def position(t):
    half = D // 2
    angles = t * np.exp(-np.arange(half) * np.log(10000.0) / (half - 1))
    return np.concatenate([np.sin(angles), np.cos(angles)])


def attention(name, x, memory):
    q, k, v = (apply(f"{name}.{p}", y) for p, y in (("q_proj", x), ("k_proj", memory), ("v_proj", memory)))
    out = np.zeros_like(q)
    e = D // HEADS
    for h in range(HEADS):
        s = slice(h * e, (h + 1) * e)
        scores = q[:, s] @ k[:, s].T / np.sqrt(e)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        out[:, s] = scores / scores.sum(-1, keepdims=True) @ v[:, s]
    return apply(f"{name}.out_proj", out)


def feed_forward(path, x):
    y = apply(f"{path}.fc2", np.maximum(apply(f"{path}.fc1", x), 0))
    return layer_norm(f"{path}.final_layer_norm", x + y)


def source_embedding(i):
    if i < SOURCE:
        return w["source_embedding.weight"][i]
    if i < SOURCE + TARGET:
        return w["target_embedding.weight"][i - SOURCE] + hint[0].astype(np.float64)
    return hint[1].astype(np.float64)


def encode(ids):
    x = np.stack([source_embedding(i) * np.sqrt(D) + position(t) for t, i in enumerate(ids)])
    for i in range(ENCODER):
        path = f"encoder.layers.{i}"
        x = layer_norm(f"{path}.self_attn_layer_norm", x + attention(f"{path}.self_attn", x, x))
        x = feed_forward(path, x)
    return x


def greedy(ids, signs):
    memory = encode(ids)
    cells = [np.zeros(D) for _ in range(DECODER)]
    written, first = [], None
    for t in range(2 * len(ids) + 8):
        embedding = w["target_embedding.weight"][written[-1]] * np.sqrt(D) if written else np.zeros(D)
        x = embedding + position(t)
        for i in range(DECODER):
            path = f"decoder.layers.{i}"
            forget = 1 / (1 + np.exp(-apply(f"{path}.rnn.wf", x)))
            cells[i] = forget * cells[i] + (1 - forget) * apply(f"{path}.rnn.w", x)
            x = layer_norm(f"{path}.rnn_layer_norm", x + np.maximum(cells[i], 0))
            y = attention(f"{path}.encoder_attn", x[None], memory)[0]
            x = layer_norm(f"{path}.encoder_attn_layer_norm", x + y)
            x = feed_forward(path, x)
        logits = x @ w["target_embedding.weight"].T + w["output.bias"]
        first = logits.copy() if first is None else first
        logits[UNK] = -np.inf
        # The sources have no placeholders, so the target gets none.
        logits[TARGET - signs :] = -np.inf
        token = int(logits.argmax())
        if token == EOS:
            break
        written.append(token)
    return memory, first, written


def vocabulary(size, placeholders):
    pieces = ["</s>", "<unk>", "▁"] + [chr(ord("a") + i % 26) + str(i) for i in range(size - 3)]
    for i in range(placeholders):
        pieces[size - placeholders + i] = chr(0xE000 + i)
    return {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": UNK, "vocab": [[p, -float(i)] for i, p in enumerate(pieces)], "byte_fallback": False},
    }


def write(name, tensors, sources, signs, **more):
    folder = here / name
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    for side, size in (("source", SOURCE), ("target", TARGET)):
        (folder / f"{side}.tokenizer.json").write_text(json.dumps(vocabulary(size, signs), ensure_ascii=False))
    config = dict(
        model_type="marian-student-ssru", source_language="de", target_language="en", d_model=D, encoder_layers=ENCODER,
        decoder_layers=DECODER, attention_heads=HEADS, ffn_dim=FFN, source_vocab_size=SOURCE, target_vocab_size=TARGET,
        eos_token_id=EOS, unk_token_id=UNK, layer_norm_eps=1e-6, max_source_tokens=24, **more,
    )
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    with open(folder / "expected.jsonl", "w") as file:
        for ids in sources:
            memory, first, written = greedy(ids, signs)
            row = dict(source_ids=ids, target_ids=written, encoder_states=np.round(memory, 6).tolist(), first_logits=np.round(first, 6).tolist())
            file.write(json.dumps(row) + "\n")


lengths = (1, 2, 3, 5, 8, 13, 20, 24, 7, 7, 11, 17)
write("student", weights, [rng.integers(2, SOURCE, length - 1).tolist() + [EOS] for length in lengths], 0)
# Ids of pieces, of pieces in hints, and of the separator before each hint; none of placeholders.
any_input = [i for i in range(2, SOURCE + TARGET + 1) if i not in (SOURCE - 2, SOURCE - 1)]
sources = [rng.choice(any_input, length - 1).tolist() + [EOS] for length in lengths]
write("student-hints", weights | {"hint.weight": hint}, sources, 2, hints=True, placeholders=2)
