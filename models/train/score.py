"""BLEU and chrF2 of model folders, by greedy search of the network alone in bf16, with and without hints.

    python score.py recipe.toml SETS MODEL...

SETS is a folder with NAME.de and NAME.en of each test set. `degist eval` scores what users get.
"""

import sys
import tomllib
from pathlib import Path

import sacrebleu
import torch

from network import EOS, Student
from pieces import PLAIN, Pieces
from weights import read_model

LONGEST = 500  # tokens, hints included
ROWS = 50
HINTED = 0, 100  # words seen less often than this have hints


@torch.no_grad()
def translate(model: Student, pieces: Pieces, lines: list[str], hinted: int) -> list[str]:
    device = model.output.bias.device
    ids = [pieces.row(line.translate(PLAIN), most=hinted)[0][:LONGEST] + [EOS] for line in lines]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    written = [""] * len(ids)
    for begin in range(0, len(order), ROWS):
        rows = order[begin : begin + ROWS]
        lengths = torch.tensor([len(ids[i]) for i in rows])
        source = torch.full((len(rows), int(lengths.max())), EOS)
        for row, i in zip(source, rows):
            row[: len(ids[i])] = torch.tensor(ids[i])
        real = torch.arange(source.shape[1]) < lengths[:, None]
        found = model.greedy(source.to(device), real.to(device)).tolist()
        for i, row in zip(rows, found):
            written[i] = pieces.target.decode(row[: row.index(EOS)] if EOS in row else row)
    return written


def scores(written: list[str], references: list[str]) -> tuple[float, float]:
    """BLEU and chrF2; the network writes one form of punctuation, so the references are given it too."""
    references = [[line.translate(PLAIN) for line in references]]
    return sacrebleu.corpus_bleu(written, references).score, sacrebleu.corpus_chrf(written, references).score


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    sets, folders = Path(sys.argv[2]), [Path(folder) for folder in sys.argv[3:]]
    names = sorted(path.stem for path in sets.glob("*.de"))
    read = lambda name, side: (sets / f"{name}.{side}").read_text(encoding="utf-8").splitlines()
    print("| | hints below | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 2) + "|")
    pieces = Pieces(folders[0], Path(recipe["lexicon"]))
    for folder in folders:
        config, tensors = read_model(folder)
        model = Student(config)
        model.load_state_dict(tensors)
        model.to("cuda" if torch.cuda.is_available() else "cpu").bfloat16().eval()
        for hinted in HINTED:
            cells = []
            for name in names:
                written = translate(model, pieces, read(name, "de"), hinted)
                cells.append(" / ".join(f"{score:.2f}" for score in scores(written, read(name, "en"))))
            print(f"| {folder.name} | {hinted or 'none'} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
