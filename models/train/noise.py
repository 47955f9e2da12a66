"""What readers' texts have and corpora lack: capitals, missing umlauts, typing errors, missing full stops."""

import random

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def mistyped(text: str, rng: random.Random) -> str:
    """One letter of a long word left out, doubled, or changed with its neighbour."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return text
    chosen = rng.choice(long)
    word = words[chosen]
    at = rng.randrange(1, len(word) - 1)
    words[chosen] = rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    return " ".join(words)


def noisy(german: str, english: str, rng: random.Random) -> tuple[str, str]:
    """Nine pairs of ten as they are."""
    kind = rng.random()
    if kind < 0.02:
        return german.lower(), english
    if kind < 0.035:
        return german.upper(), english.upper()
    if kind < 0.055:
        return german.translate(UMLAUTS), english
    if kind < 0.08:
        return mistyped(german, rng), english
    if kind < 0.1 and german.endswith(".") and english.endswith("."):
        return german[:-1], english[:-1]
    return german, english
