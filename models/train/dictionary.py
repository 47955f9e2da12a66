"""Pairs from the dictionary of Ding (Frank Richter, TU Chemnitz): words, inflected forms, phrases, example sentences.

A line holds German forms and, after `::`, as many English ones, set off by `|`; `;` sets off synonyms.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Iterator

# Grammar {m}, fields [comp.], remarks (literary), abbreviations /AHU/, other forms <purer>.
REMARKS = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|<[^>]*>|/[^/]*/")
# Names of thousands of birds and minerals would outweigh the language.
LEFT_OUT = re.compile(r"\[(ornith|zool|min|bot|chem|entom)\.\]")
OFTEN = 20  # a word seen more often is learnt better from sentences
ALTERNATIVE = re.compile(r"(\w+) ?/ ?[\w'’]+")
ABBREVIATIONS = {
    "etw.": "etwas",
    "jdn.": "jemanden",
    "jdm.": "jemandem",
    "jds.": "jemandes",
    "jd.": "jemand",
    "sth.": "something",
    "sb.": "somebody",
    "sb.'s": "somebody's",
    "sb.’s": "somebody's",
    "so.": "someone",
}


def plain(form: str) -> str:
    form = ALTERNATIVE.sub(r"\1", REMARKS.sub(" ", form))
    return " ".join(ABBREVIATIONS.get(word, word) for word in form.split()).strip(" ,")


def pairs(path: Path, german: Counter, english: Counter) -> Iterator[tuple[str, str]]:
    """One English form for each German one, the most usual; `german` and `english` count the words of other corpora."""
    found: dict[str, list[str]] = {}
    for source, target in forms(path):
        found.setdefault(source, []).append(target)
    for source, targets in found.items():
        if " " in source or german[source] < OFTEN:
            yield source, max(targets, key=lambda target: min(english[word] for word in target.split()))


def forms(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        german, separator, english = line.partition(" :: ")
        if line.startswith("#") or not separator or LEFT_OUT.search(line):
            continue
        german, english = german.split(" | "), english.split(" | ")
        if len(german) != len(english):
            continue
        for source, target in zip(german, english):
            sources = [plain(form) for form in source.split(";")]
            target = plain(target.split(";")[0])
            if not target or "…" in target or "..." in target:
                continue
            for source in dict.fromkeys(sources[:3]):
                if source:
                    yield source, target
