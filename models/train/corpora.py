"""Corpora of German-English pairs: read, cleaned, freed from duplicates and from everything in the test sets.

    python corpora.py recipe.toml

Writes one TSV file (German, English) per corpus to the recipe's `data` folder, and `counts.json` with what was dropped.
"""

import html
import json
import lzma
import random
import re
import sys
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Iterator

LONGEST = 600  # characters; some 200 tokens
RUN = 5  # words: two texts share more than half of their runs only if one was made from the other
WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    found = words(text)
    return (tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1))


class TestSets:
    """What must not be trained on."""

    def __init__(self, folders: list[Path]):
        lines = [
            line
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        ]
        self.lines = {" ".join(words(line)) for line in lines} - {""}
        self.runs = {run for line in lines for run in runs(line)}

    def exact(self, text: str) -> bool:
        # Greetings and the like are in every corpus.
        found = words(text)
        return len(found) > 3 and " ".join(found) in self.lines

    def near(self, text: str) -> bool:
        found = list(runs(text))
        return len(found) >= 3 and sum(run in self.runs for run in found) * 2 > len(found)


def clean(text: str) -> str:
    text = unicodedata.normalize("NFC", html.unescape(html.unescape(text)))
    return " ".join(text.split())


def read(path: Path) -> Iterator[tuple[str, str]]:
    opened = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")
    with opened as lines:
        for line in lines:
            german, english, *_ = line.rstrip("\n").split("\t") + [""]
            yield german, english


def fault(german: str, english: str, tests: TestSets) -> str | None:
    """Why a pair is dropped."""
    if not german or not english:
        return "empty"
    if max(len(german), len(english)) > LONGEST:
        return "too long"
    if not 0.4 < (len(german) + 8) / (len(english) + 8) < 2.5:
        return "lengths do not go together"
    letters = sum(c.isalpha() for c in german)
    if letters * 2 < len(german):
        return "few letters"
    if german == english and len(words(german)) > 2:
        return "not translated"
    if tests.exact(german) or tests.exact(english):
        return "in a test set"
    if tests.near(german) or tests.near(english):
        return "near to a test set"
    return None


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    data = Path(recipe["data"])
    data.mkdir(parents=True, exist_ok=True)
    tests = TestSets([Path(folder) for folder in recipe["test_sets"]])
    counts = {}
    seen = set()
    for corpus in recipe["corpus"]:
        pairs = read(Path(corpus["file"]))
        if "pairs" in corpus:
            pairs = random.Random(1).sample(list(pairs), corpus["pairs"])
        count = Counter()
        with (data / f"{corpus['name']}.tsv").open("w", encoding="utf-8") as out:
            for german, english in pairs:
                german, english = clean(german), clean(english)
                why = fault(german, english, tests)
                if why is None and (german, english) in seen:
                    why = "seen before"
                count[why or "kept"] += 1
                if why is None:
                    seen.add((german, english))
                    out.write(f"{german}\t{english}\n")
        counts[corpus["name"]] = dict(count.most_common())
        print(corpus["name"], counts[corpus["name"]], flush=True)
    (data / "counts.json").write_text(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()
