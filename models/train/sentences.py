"""The whole sentences of the dictionary Ding (GPL-2+): proverbs, idioms, what people say every day, examples.

    python sentences.py recipe.toml > ../de-en-tiny/sentences.tsv

writes all of them to `work/ding-sentences.tsv`, a corpus to train on, and prints what the program takes over as it is: those that are
short enough to be met again, sorted by their bytes, the German ones without a mark at the end unless it is a question.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Iterator

from ding import COARSE, PLACEHOLDER, TAG, UNFIT, cost, lines, outside

END = re.compile(r"[.!?]$")
REMARK = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)")
# Gaps, alternatives, several sentences.
ODD = re.compile(r"[…/{}\[\]<>+=|„“”\"]|\.\.\.|^'|'$|[.!?;:] ")
LONGEST = 50  # letters of what is taken over
PROVERB = 80  # and of proverbs


def plain(form: str) -> str:
    text = " ".join(REMARK.sub(" ", form).replace("’", "'").split())
    return re.sub(r" (?=[,.!?])", "", text)


def is_sentence(text: str) -> bool:
    fits = END.search(text) and " " in text and text[0].isupper()
    return bool(fits) and not ODD.search(text) and not PLACEHOLDER.search(text) and not COARSE.search(text)


def sentences(dictionary: Path) -> Iterator[tuple[str, str, bool]]:
    """German, English, and whether it is a proverb."""
    seen = set()
    for sources, targets in lines(dictionary):
        if len(sources) != len(targets):
            continue
        for source, target in zip(sources, targets):
            candidates = [form for form in outside(target, ";") if not any(UNFIT.search(tag) for tag in TAG.findall(form))]
            candidates = [(cost(form), plain(form)) for form in candidates if is_sentence(plain(form))]
            if not candidates:
                continue
            _, english = min(candidates, key=lambda candidate: candidate[0])
            for form in outside(source, ";"):
                text = plain(form)
                # An exclamation that is a question in English is another one.
                if is_sentence(text) and (text[-1] == "?") == (english[-1] == "?") and text not in seen:
                    seen.add(text)
                    yield text, english, "Sprw." in form


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    found = list(sentences(Path(recipe["dictionary"])))
    with open("work/ding-sentences.tsv", "w", encoding="utf-8") as out:
        out.writelines(f"{german}\t{english}\n" for german, english, _ in found)
    short = {
        german.rstrip(".!"): english for german, english, proverb in reversed(found) if len(german) <= (PROVERB if proverb else LONGEST)
    }
    for german, english in sorted(short.items()):
        print(german, english, sep="\t")


if __name__ == "__main__":
    main()
