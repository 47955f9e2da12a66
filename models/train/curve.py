"""Draws loss and BLEU of the development lines over the minutes of training.

    python curve.py work/checkpoints/log.jsonl curve.svg
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt


def main() -> None:
    notes = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    figure, losses = plt.subplots(figsize=(7, 4))
    scores = losses.twinx()
    for axis, key, label, colour in (
        (losses, "loss", "cross entropy of a token in training", "tab:gray"),
        (scores, "bleu", "BLEU with hints", "tab:blue"),
        (scores, "bleu_without_hints", "", "tab:cyan"),
    ):
        points = [(note["minutes"], note[key]) for note in notes if key in note]
        axis.plot(*zip(*points), color=colour, marker="o" if axis is scores else "")
        if label:
            axis.set_ylabel(label, color=colour)
    losses.set_xlabel("minutes of training")
    figure.tight_layout()
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
