"""A model folder with longer vocabularies: letters and signs that were missing, the placeholders; and the vectors of hints.

    python longer.py MODEL OUT

New embeddings are near the mean of all, new biases well below it, so that the network writes as before until it is trained.
"""

import sys
from pathlib import Path

import sentencepiece
import torch
from sentencepiece import sentencepiece_model_pb2 as proto

from placeholders import SIGNS
from weights import read_model, write_model

LETTERS = (
    "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿßāăąćčďđēĕėęěğģīıķļłńņňōőœŕřśşšţťūůűųźżžșț"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆČĎĐĒĖĘĚĞĪİĶŁŃŇŌŐŒŘŚŞŠŤŪŮŰŹŻŽȘȚ"
)
MARKS = "–—‘’“”„‚»«›‹€£¥§©®°±×÷µ•·→←↑↓✓★{}\\^~`<>@|−≤≥≠≈∞¶†‰¿¡"
NORMAL, USER_DEFINED = 1, 4  # SentencePiece's types of pieces


def longer(path: Path) -> bytes:
    model = proto.ModelProto()
    model.ParseFromString(path.read_bytes())
    processor = sentencepiece.SentencePieceProcessor(str(path))
    lowest = min(piece.score for piece in model.pieces if piece.type == NORMAL)
    for letter in LETTERS + MARKS:
        # Some are normalised to pieces that are there.
        if processor.unk_id() in processor.encode("a" + letter):
            model.pieces.add(piece=letter, score=lowest - 2, type=NORMAL)
    for sign in SIGNS:
        model.pieces.add(piece=sign, score=0, type=USER_DEFINED)
    return model.SerializeToString()


def wider(rows: torch.Tensor, count: int) -> torch.Tensor:
    new = count - len(rows)
    if rows.dim() == 1:
        return torch.cat([rows, rows.mean() - 2 + torch.zeros(new)])
    noise = torch.randn(new, rows.shape[1], generator=torch.Generator().manual_seed(3))
    return torch.cat([rows, rows.mean(0) + 0.5 * rows.std() * noise])


def main() -> None:
    folder, out = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    config, tensors = read_model(folder)
    for side in ("source", "target"):
        (out / f"{side}.spm").write_bytes(longer(folder / f"{side}.spm"))
        size = sentencepiece.SentencePieceProcessor(str(out / f"{side}.spm")).get_piece_size()
        config[f"{side}_vocab_size"] = size
        tensors[f"{side}_embedding.weight"] = wider(tensors[f"{side}_embedding.weight"], size)
    tensors["output.bias"] = wider(tensors["output.bias"], config["target_vocab_size"])
    width = config["d_model"]
    separator = 0.05 * torch.randn(width, generator=torch.Generator().manual_seed(4))
    tensors["hint.weight"] = torch.stack([torch.zeros(width), separator])
    write_model(out, config | {"hints": True, "holes": len(SIGNS)}, tensors)


if __name__ == "__main__":
    main()
