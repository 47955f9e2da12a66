"""Placeholders: what both sides of a pair share is replaced by one sign on both, so that the network learns to carry it over.

The signs U+E000 to U+E007 are pieces of both vocabularies. At run time they stand for what no vocabulary has.
"""

import random
import re

SIGNS = [chr(0xE000 + k) for k in range(8)]
SHARED = re.compile(
    r"https?://\S+|\S+@\S+\.\w+"  # addresses
    r"|[\w./:%+-]*\d[\w./:%+-]*\w|\d"  # numbers and codes
    r"|[A-ZÄÖÜ][\w'-]{2,}|[A-Z]{2,}"  # names, and the first part of a compound with hyphens
    r"|%[sd]|\{\w*\}"
)
GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+")  # 1.234,5
END = re.compile(r"[.!?…]+[\"»«')]*$")
OTHER_POINTS = str.maketrans(".,", ",.")


def only(word: str, text: str) -> int | None:
    """Where a word stands in a text, if it stands there once."""
    at = text.find(word)
    if at < 0 or text.find(word, at + 1) >= 0:
        return None
    around = text[at - 1 : at] + text[at + len(word) : at + len(word) + 1]
    return None if any(letter.isalnum() or letter == "_" for letter in around) else at


def put(text: str, at: int, word: str, instead: str) -> str:
    return text[:at] + instead + text[at + len(word) :]


def shared(german: str, english: str) -> list[tuple[str, str]]:
    """What stands once in each, as each writes it."""
    found = set()
    for match in SHARED.finditer(german):
        word = match.group().rstrip(".,:-")
        found.add((word, word))
        if "-" in word:
            found |= {(part, part) for part in word.split("-") if len(part) > 1}
        if GROUPED.fullmatch(word):
            found.add((word, word.translate(OTHER_POINTS)))
    return [pair for pair in sorted(found) if pair[0] and None not in (only(pair[0], german), only(pair[1], english))]


def replaced(german: str, english: str, signs: list[str], rng: random.Random) -> tuple[str, str]:
    """Numbers, names and codes of both sides as signs."""
    pairs = shared(german, english)
    rng.shuffle(pairs)
    # The longest first: what is part of another is then gone.
    for here, there in sorted(pairs[: rng.choice((1, 1, 2, 3, 4))], key=lambda pair: -len(pair[0])):
        a, b = only(here, german), only(there, english)
        if None not in (a, b) and signs:
            sign = signs.pop()
            german, english = put(german, a, here, sign), put(english, b, there, sign)
    return german, english


def beside(word: str, mode: int, first: str, second: str) -> str:
    return (
        f"{first} {word}",  # § 5
        f"{first}{word}",  # €5
        f"{word} {first}",  # 5 €
        f"{word}{first}",  # 5%
        f"{first}{word}{second}",  # «Haus»
        f"{first} {word} {second}",
        f"{word} ({first})",
        f'"{first}" {word}',
    )[mode]


MODES = (0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7)


def inserted(
    german: str, english: str, anchors: list[tuple[str, str]], signs: list[str], rng: random.Random
) -> tuple[str, str]:
    """Signs put into both sides where both have the same: beside words that translate each other, at the ends."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        if len(signs) < 2:
            break
        sign, where = signs.pop(), rng.random()
        if where < 0.5 and anchors:
            here, there = rng.choice(anchors)
            a, b = only(here, german), only(there, english)
            if None not in (a, b):
                mode = rng.choice(MODES)
                second = signs.pop() if mode in (4, 5) else ""
                # A sign in front of a German noun is part of a compound: "X-Taste" is "X key".
                joined = mode == 7 and rng.random() < 0.5
                left = f"{sign}-{here}" if joined else beside(here, mode, sign, second)
                right = f"{sign} {there}" if joined else beside(there, mode, sign, second)
                german, english = put(german, a, here, left), put(english, b, there, right)
                continue
        a, b = END.search(german), END.search(english)
        if where < 0.75:
            gap = "" if rng.random() < 0.15 else " "
            german, english = sign + gap + german, sign + gap + english
        elif where < 0.85 and a and b:
            gap = "" if rng.random() < 0.4 else " "
            german = german[: a.start()] + gap + sign + german[a.start() :]
            english = english[: b.start()] + gap + sign + english[b.start() :]
        elif where < 0.9 and german.count(", ") == english.count(", ") == 1:
            german, english = german.replace(", ", f", {sign} "), english.replace(", ", f", {sign} ")
        else:
            german, english = f"{german} {sign}", f"{english} {sign}"
    return german, english


def with_placeholders(
    german: str, english: str, anchors: list[tuple[str, str]], rng: random.Random
) -> tuple[str, str]:
    """Half of the pairs as they are. `anchors`: German words and how this English translates them."""
    kind = rng.random()
    if kind < 0.5:
        return german, english
    signs = rng.sample(SIGNS, len(SIGNS))
    if kind < 0.85:
        german, english = replaced(german, english, signs, rng)
    if kind > 0.72:
        german, english = inserted(german, english, anchors + shared(german, english), signs, rng)
    return german, english
