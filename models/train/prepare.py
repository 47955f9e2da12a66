"""Token arrays of the corpora, made once: pieces, hints, placeholders, word alignment.

    python prepare.py recipe.toml

In the recipe's `arrays` folder, for all pairs one behind the other: `source`, `target` (ids), `band` (of each source token),
`aligned` (of each target token), `source_begins`, `target_begins` (where each pair begins, and the end) and `weight` (of each pair).

`band` is 0 for text, else 1 + floor(2 log10(frequency + 1)) of the hinted word, 1 also for some words of any frequency: a reader
chooses how rare the words with hints are. `aligned` is the place in the source row of the word that a target token translates, or -1.
"""

import json
import random
import sys
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from noise import noisy
from pieces import PLAIN, Pieces
from placeholders import with_placeholders

LONGEST = 160  # tokens of a side, hints not counted
TWOS = 0.03  # of the pairs come with the next: not every line of a text is one sentence
JOB = 4000  # lines


def begin(recipe: dict) -> None:
    global pieces
    pieces = Pieces(Path(recipe["start"]["model"]), Path(recipe["lexicon"]))


def rows(job: tuple[list[str], int]) -> tuple[np.ndarray, ...]:
    lines, seed = job
    rng = random.Random(seed)
    source, bands, target, aligned, number = [], [], [], [], []
    source_ends, target_ends = [], []
    pairs = [line.translate(PLAIN).rstrip("\n").split("\t") for line in lines]
    for i, (german, english) in enumerate(pairs):
        if rng.random() < TWOS and i + 1 < len(pairs):
            german, english = f"{german} {pairs[i + 1][0]}", f"{english} {pairs[i + 1][1]}"
        german, english = with_placeholders(german, english, pieces.anchors(german, english), rng)
        german, english = noisy(german, english, rng)
        tokens, kinds, places = pieces.row(german, rng)
        written, places = pieces.aligned(english, places, len(tokens))
        if not tokens or not written or max(kinds.count(0), len(written)) >= LONGEST or len(tokens) > 3 * LONGEST:
            continue
        source += [*tokens, 0]
        bands += [*kinds, 0]
        target += [*written, 0]
        aligned += [*places, -1]
        source_ends.append(len(source))
        target_ends.append(len(target))
        number.append(i)
    columns = source, bands, target, aligned, source_ends, target_ends, number
    kinds = np.uint16, np.uint8, np.uint16, np.int16, np.int64, np.int64, np.int64
    return tuple(np.array(values, kind) for values, kind in zip(columns, kinds))


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    settings, out = recipe["prepare"], Path(recipe["arrays"])
    out.mkdir(parents=True, exist_ok=True)
    parts, weights, counts = [], [], {}
    with ProcessPoolExecutor(initializer=begin, initargs=(recipe,)) as pool:
        for corpus in recipe["corpus"]:
            lines = (Path(recipe["data"]) / f"{corpus['name']}.tsv").read_text(encoding="utf-8").splitlines()
            jobs = [(lines[i : i + JOB], settings["seed"] + i) for i in range(0, len(lines), JOB)]
            made = list(pool.map(rows, jobs))
            kept = np.concatenate([i * JOB + part[-1] for i, part in enumerate(made)])
            # Of many German versions of one English sentence each counts for less.
            english = [hash(line.split("\t")[1]) for line in lines]
            _, same, often = np.unique(english, return_inverse=True, return_counts=True)
            weight = np.minimum(1, settings["repeats"] / often[same[kept]])
            weights.append(corpus["share"] * weight / weight.sum())
            parts += made
            counts[corpus["name"]] = len(kept)
            print(corpus["name"], f"{len(kept):,} of {len(lines):,} pairs", flush=True)
    for name, column in (("source", 0), ("band", 1), ("target", 2), ("aligned", 3)):
        np.save(out / f"{name}.npy", np.concatenate([part[column] for part in parts]))
    for name, column, tokens in (("source_begins", 4, 0), ("target_begins", 5, 2)):
        before = np.cumsum([0] + [len(part[tokens]) for part in parts])
        begins = [part[column] + first for part, first in zip(parts, before)]
        np.save(out / f"{name}.npy", np.concatenate([[0], *begins]))
    np.save(out / "weight.npy", np.concatenate(weights))
    (out / "counts.json").write_text(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()
