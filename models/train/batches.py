"""Endless batches of token ids from the corpora, without padding more than a little."""

import queue
import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np
import sentencepiece
import torch

from network import EOS
from noise import noisy

POOL = 40_000  # pairs that are sorted by length together
LONGEST = 200  # tokens


@dataclass
class Batch:
    """Token ids, rows filled with the end of sentence, and which are no filling: each [rows, length]."""

    source: torch.Tensor
    source_real: torch.Tensor
    target: torch.Tensor
    target_real: torch.Tensor


class Vocabularies:
    def __init__(self, folder: Path):
        self.source = sentencepiece.SentencePieceProcessor(str(folder / "source.spm"))
        self.target = sentencepiece.SentencePieceProcessor(str(folder / "target.spm"))


class Corpus:
    """Pairs in random order; of pairs with the same English no more than `repeats` in an epoch."""

    def __init__(self, path: Path, repeats: int, rng: np.random.Generator):
        lines = path.read_text(encoding="utf-8").splitlines()
        self.pairs = [tuple(line.split("\t")) for line in lines]
        numbers: dict[str, int] = {}
        self.english = np.array([numbers.setdefault(pair[1], len(numbers)) for pair in self.pairs])
        self.repeats, self.rng = repeats, rng
        self.waiting: list[int] = []

    def epoch(self) -> list[int]:
        order = self.rng.permutation(len(self.pairs))
        by_english = order[np.argsort(self.english[order], kind="stable")]
        groups = self.english[by_english]
        first = np.searchsorted(groups, groups)
        kept = by_english[np.arange(len(groups)) - first < self.repeats]
        return self.rng.permutation(kept).tolist()

    def draw(self, count: int) -> list[tuple[str, str]]:
        while len(self.waiting) < count:
            self.waiting += self.epoch()
        drawn, self.waiting = self.waiting[:count], self.waiting[count:]
        return [self.pairs[i] for i in drawn]


def filled(rows: list[list[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([len(row) for row in rows])
    longest = -(-int(lengths.max()) // 8) * 8
    ids = torch.full((len(rows), longest), EOS)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    real = torch.arange(longest)[None] < lengths[:, None]
    return ids.to(device), real.to(device)


def batches(recipe: dict, vocabularies: Vocabularies, seed: int, device: torch.device) -> Iterator[Batch]:
    rng, noise = np.random.default_rng(seed), random.Random(seed)
    data, tokens = Path(recipe["data"]), recipe["train"]["tokens"]
    shares = np.array([corpus["share"] for corpus in recipe["corpus"]])
    corpora = [
        Corpus(data / f"{corpus['name']}.tsv", recipe["train"]["repeats"], rng)
        for corpus in recipe["corpus"]
    ]
    while True:
        pairs = []
        for corpus, count in zip(corpora, rng.multinomial(POOL, shares / shares.sum())):
            drawn = [noisy(german, english, noise) for german, english in corpus.draw(count)]
            # Some come in twos: not every line of a text is one sentence.
            twos = len(drawn) // 50
            pairs += [
                (f"{first[0]} {second[0]}", f"{first[1]} {second[1]}")
                for first, second in zip(drawn[:twos], drawn[twos : 2 * twos])
            ]
            pairs += drawn[2 * twos :]
        sources = vocabularies.source.encode([german for german, _ in pairs], num_threads=2)
        targets = vocabularies.target.encode([english for _, english in pairs], num_threads=2)
        rows = [
            (source + [EOS], target + [EOS])
            for source, target in zip(sources, targets)
            if source and target and max(len(source), len(target)) < LONGEST
        ]
        rng.shuffle(rows)
        rows.sort(key=lambda row: max(map(len, row)) // 4)
        made, begin, longest = [], 0, 0
        for end, row in enumerate(rows):
            longest = max(longest, *map(len, row))
            if longest * (end + 1 - begin) > tokens and end > begin:
                made.append(rows[begin:end])
                begin, longest = end, max(map(len, row))
        made.append(rows[begin:])
        rng.shuffle(made)
        for batch in made:
            yield Batch(
                *filled([source for source, _ in batch], device),
                *filled([target for _, target in batch], device),
            )


def ahead(items: Iterator[Batch], count: int = 8) -> Iterator[Batch]:
    """The same items, made on another thread."""
    waiting: queue.Queue = queue.Queue(count)

    def work():
        for item in items:
            waiting.put(item)

    threading.Thread(target=work, daemon=True).start()
    while True:
        yield waiting.get()
