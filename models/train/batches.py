"""Endless batches of like length from the token arrays of prepare.py, made by numpy alone."""

import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np
import torch

POOL = 200_000  # pairs that are sorted by length together
# Up to which band a sentence has hints, drawn anew each time: none, frequencies below 30, 100, 300, 1000.
BANDS = np.array([0, 0, 3, 4, 4, 5, 5, 6])
ROUND = 8  # lengths are multiples of it


@dataclass
class Batch:
    """Token ids, rows filled with the end of sentence, and which are no filling: each [rows, length]."""

    source: torch.Tensor
    source_real: torch.Tensor
    target: torch.Tensor
    told: torch.Tensor
    """Places of the target tokens that are no filling, rows one behind the other: [tokens]."""
    aligned_from: torch.Tensor
    """Places of the target tokens whose source word is known, counted as in `told`: [aligned]."""
    aligned_to: torch.Tensor
    """Places of these words in their source row: [aligned]."""

    def to(self, device: torch.device) -> "Batch":
        if device.type == "cpu":
            return self
        return Batch(*(part.pin_memory().to(device, non_blocking=True) for part in vars(self).values()))


def longest(lengths: np.ndarray) -> int:
    return -(-int(lengths.max()) // ROUND) * ROUND


def ranges(begins: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of many ranges behind each other: each item's place, its row, and how far in the row."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    columns = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return begins[rows] + columns, rows, columns


def filled(rows: np.ndarray, columns: np.ndarray, tokens: np.ndarray, shape: tuple[int, int]):
    """Ids, 0 (the end of sentence) where nothing is, and where something is."""
    ids, real = np.zeros(shape, np.int64), np.zeros(shape, bool)
    ids[rows, columns], real[rows, columns] = tokens, True
    return torch.from_numpy(ids), torch.from_numpy(real)


class Pairs:
    def __init__(self, folder: Path):
        load = lambda name: np.load(folder / f"{name}.npy")
        self.source, self.band, self.target, self.aligned = map(load, ("source", "band", "target", "aligned"))
        self.source_begins, self.target_begins = load("source_begins"), load("target_begins")
        self.target_lengths = np.diff(self.target_begins)
        # What is drawn, as the sums that a random number falls between.
        self.drawn = np.cumsum(load("weight"))
        # Lengths of source rows with the hints up to each band.
        self.lengths = {
            band: np.add.reduceat(self.band <= band, self.source_begins[:-1], dtype=np.int32) for band in set(BANDS)
        }

    def batch(self, pairs: np.ndarray, bands: np.ndarray) -> Batch:
        full = self.source_begins[pairs + 1] - self.source_begins[pairs]
        places, rows, _ = ranges(self.source_begins[pairs], full)
        keep = self.band[places] <= bands[rows]
        kept = np.bincount(rows[keep], minlength=len(pairs))
        firsts = np.cumsum(kept) - kept
        # Where each token of the full rows stands when hints are left out.
        columns = np.cumsum(keep) - 1 - firsts[rows]
        source, real = filled(rows[keep], columns[keep], self.source[places[keep]], (len(pairs), longest(kept)))

        lengths = self.target_lengths[pairs]
        width = longest(lengths)
        places, rows, steps = ranges(self.target_begins[pairs], lengths)
        target, _ = filled(rows, steps, self.target[places], (len(pairs), width))
        told = rows * width + steps
        aligned = self.aligned[places]
        known = aligned >= 0
        words = columns[(np.cumsum(full) - full)[rows[known]] + aligned[known]]
        return Batch(source, real, target, *map(torch.from_numpy, (told, told[known], words)))

    def batches(self, tokens: int, seed: int, first: int = 0, step: int = 1) -> Iterator[Batch]:
        """Each holds about as many tokens on its wider side. All processes draw the same and each takes its own."""
        rng = np.random.default_rng(seed)
        while True:
            pairs = np.searchsorted(self.drawn, rng.random(POOL) * self.drawn[-1])
            bands = rng.choice(BANDS, POOL)
            lengths = np.zeros(POOL, np.int64)
            for band, found in self.lengths.items():
                lengths[bands == band] = found[pairs[bands == band]]
            # Most work is in the encoder.
            width = np.maximum(lengths, self.target_lengths[pairs])
            order = np.lexsort((self.target_lengths[pairs] + rng.random(POOL), width // ROUND))
            pairs, bands, width = pairs[order], bands[order], width[order]
            cuts, begin = [], 0
            while begin < POOL:
                end = begin + max(1, tokens // longest(width[begin : begin + 1]))
                end = begin + max(1, tokens // longest(width[begin:end]))
                cuts.append((begin, min(end, POOL)))
                begin = end
            rng.shuffle(cuts)
            for begin, end in cuts[first : len(cuts) // step * step : step]:
                yield self.batch(pairs[begin:end], bands[begin:end])


def ahead(items: Iterator[Batch], count: int = 8) -> Iterator[Batch]:
    """The same items, made on another thread."""
    waiting: queue.Queue = queue.Queue(count)

    def work():
        for item in items:
            waiting.put(item)

    threading.Thread(target=work, daemon=True).start()
    while True:
        yield waiting.get()
