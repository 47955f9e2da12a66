"""A first model from a public one of another source language: the decoder is kept, German embeddings are put together.

    python warm_start.py recipe.toml PARENT PIVOT OUT

PIVOT is a TSV file of German sentences and the same in the parent's source language (Portuguese), which the public
English-Portuguese model makes from the English sides of the corpora. OUT holds the vocabularies of vocabulary.py.

IBM model 1 (Brown et al. 1993) over pieces says which Portuguese pieces a German piece goes with; the weighted mean of the
best four embeddings is where the German piece starts. It gave 12.9 BLEU before any step of training.
"""

import struct
import sys
from pathlib import Path

import numpy as np
import sentencepiece
import torch

from weights import write_model

ROUNDS, BEST, SEEN = 6, 4, 3
INT8, FLOAT = 0x4101, 0x404


def read_marian(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a Firefox Translations file, as f32; its layout is in ../ARCHITECTURE.md."""
    data = path.read_bytes()
    _, count = struct.unpack_from("<QQ", data)
    at = 16
    heads = [struct.unpack_from("<QQQQ", data, at + 32 * i) for i in range(count)]
    at += 32 * count
    names = []
    for length, *_ in heads:
        names.append(data[at : at + length - 1].decode())
        at += length
    shapes = []
    for _, _, rank, _ in heads:
        shapes.append(struct.unpack_from(f"<{rank}i", data, at))
        at += 4 * rank
    at += 8 + struct.unpack_from("<Q", data, at)[0]
    tensors = {}
    for name, shape, (_, kind, _, length) in zip(names, shapes, heads):
        size = int(np.prod(shape))
        if name.startswith("special:"):  # the settings, as text
            at += length
            continue
        if kind == FLOAT:
            values = np.frombuffer(data, np.float32, size, at).reshape(shape)
        elif kind == INT8:
            scale = np.frombuffer(data, np.float32, 1, at + size)[0]
            values = np.frombuffer(data, np.int8, size, at).astype(np.float32) / scale
            # Matrices are stored transposed, the embedding is not.
            values = values.reshape(shape) if name == "Wemb" else values.reshape(shape[::-1]).T
        else:
            sys.exit(f"{path}: {name} has type {kind:#x}, which is not known")
        tensors[name] = torch.from_numpy(values.copy())
        at += length
    return tensors


def student_names(marian: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """All but the embeddings, under the project's names; matrices as [out, in]."""
    tensors = {"output.bias": marian["decoder_ff_logit_out_b"][0]}

    def linear(ours: str, weight: str, bias: str | None) -> None:
        tensors[f"{ours}.weight"] = marian[weight].T
        if bias:
            tensors[f"{ours}.bias"] = marian[bias][0]

    def norm(ours: str, theirs: str) -> None:
        tensors[f"{ours}.weight"] = marian[f"{theirs}_ln_scale"][0]
        tensors[f"{ours}.bias"] = marian[f"{theirs}_ln_bias"][0]

    def attention(ours: str, kind: str, theirs: str) -> None:
        for letter, name in zip("qkvo", ("q_proj", "k_proj", "v_proj", "out_proj")):
            linear(f"{ours}.{kind}.{name}", f"{theirs}_W{letter}", f"{theirs}_b{letter}")
        norm(f"{ours}.{kind}_layer_norm", f"{theirs}_Wo")

    def feed_forward(ours: str, theirs: str) -> None:
        linear(f"{ours}.fc1", f"{theirs}_ffn_W1", f"{theirs}_ffn_b1")
        linear(f"{ours}.fc2", f"{theirs}_ffn_W2", f"{theirs}_ffn_b2")
        norm(f"{ours}.final_layer_norm", f"{theirs}_ffn_ffn")

    for i in range(6):
        ours, theirs = f"encoder.layers.{i}", f"encoder_l{i + 1}"
        attention(ours, "self_attn", f"{theirs}_self")
        feed_forward(ours, theirs)
    for i in range(2):
        ours, theirs = f"decoder.layers.{i}", f"decoder_l{i + 1}"
        linear(f"{ours}.rnn.w", f"{theirs}_rnn_W", None)
        linear(f"{ours}.rnn.wf", f"{theirs}_rnn_Wf", f"{theirs}_rnn_bf")
        norm(f"{ours}.rnn_layer_norm", f"{theirs}_rnn_ffn")
        attention(ours, "encoder_attn", f"{theirs}_context")
        feed_forward(ours, theirs)
    return tensors


def aligned(german: list[list[int]], pivot: list[list[int]], sizes: tuple[int, int]):
    """IBM model 1: (German piece, pivot piece, probability, expected count) for all that met."""
    pairs, groups, group = [], [], 0
    for sources, targets in zip(german, pivot):
        if sources and targets and max(len(sources), len(targets)) <= 70:
            pairs.append(np.add.outer(np.array(sources) * sizes[1], targets).ravel())
            groups.append(np.tile(np.arange(group, group + len(targets)), len(sources)))
            group += len(targets)
    kinds, place = np.unique(np.concatenate(pairs), return_inverse=True)
    groups = np.concatenate(groups)
    source, target = np.divmod(kinds, sizes[1])
    probability = np.ones(len(kinds))
    for _ in range(ROUNDS):
        share = probability[place]
        share /= np.bincount(groups, share, group)[groups]
        count = np.bincount(place, share, len(kinds))
        probability = count / np.bincount(source, count, sizes[0])[source]
    return source, target, probability, count


def main() -> None:
    _, parent, pivot, out = map(Path, sys.argv[1:])
    german = sentencepiece.SentencePieceProcessor(str(out / "source.spm"))
    joint = sentencepiece.SentencePieceProcessor(str(parent / "vocab.pten.spm"))
    marian = read_marian(parent / "model.pten.intgemm.alphas.bin")
    embedding = marian["Wemb"]

    rows = [line.split("\t")[:2] for line in pivot.read_text(encoding="utf-8").splitlines()]
    sources, targets = german.encode([row[0] for row in rows]), joint.encode([row[1] for row in rows])
    sizes = german.vocab_size(), joint.vocab_size()
    source, target, probability, count = aligned(sources, targets, sizes)
    seen = [np.bincount(np.concatenate([np.array(x, int) for x in ids]), minlength=size)
            for ids, size in zip((sources, targets), sizes)]

    # How much of either piece the other explains.
    score = probability * np.sqrt(count / np.maximum(seen[1][target], 1))
    order = np.lexsort((-score, source))
    begins = np.searchsorted(source[order], np.arange(sizes[0] + 1))
    torch.manual_seed(1)
    start = torch.randn(sizes[0], embedding.shape[1]) * embedding.std() * 0.7
    start[:2] = embedding[:2]
    copied = put_together = 0
    for piece in range(2, sizes[0]):
        text = german.id_to_piece(piece)
        same = joint.piece_to_id(text)
        best = order[begins[piece] : begins[piece + 1]][:BEST]
        known = same != joint.unk_id()
        letters = text.replace("▁", "").isalpha()
        if known and (not letters or seen[0][piece] < SEEN or not len(best)):
            start[piece] = embedding[same]
            copied += 1
        elif len(best) and seen[0][piece] >= SEEN:
            weight = torch.tensor(score[best] ** 2, dtype=torch.float32)
            start[piece] = (weight / weight.sum()) @ embedding[torch.from_numpy(target[best])]
            put_together += 1
    print(f"{put_together} German embeddings put together, {copied} copied, of {sizes[0]}")

    kept = torch.tensor([int(line) for line in (out / "kept.txt").read_text().split()])
    tensors = student_names(marian)
    tensors["output.bias"] = tensors["output.bias"][kept]
    tensors["target_embedding.weight"] = embedding[kept]
    tensors["source_embedding.weight"] = start
    config = {
        "model_type": "marian-student-ssru",
        "source_language": "de",
        "target_language": "en",
        "d_model": embedding.shape[1],
        "encoder_layers": 6,
        "decoder_layers": 2,
        "attention_heads": 8,
        "ffn_dim": marian["encoder_l1_ffn_W1"].shape[1],
        "source_vocab_size": sizes[0],
        "target_vocab_size": len(kept),
        "eos_token_id": 0,
        "unk_token_id": 1,
        "layer_norm_eps": 1e-6,
        "activation": "relu",
        "scale_embedding": True,
        "tie_target_embedding_and_output": True,
        "max_source_tokens": 256,
        "training_steps": 0,
    }
    write_model(out, config, tensors)


if __name__ == "__main__":
    main()
