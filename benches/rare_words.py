"""Sentences around 500 rare words of Ding, and the English words that are right for each.

    python benches/rare_words.py work/de-en FREQUENCIES > tests/fixtures/lexicon/rare_words.tsv

`work/de-en` is the dictionary of Debian's package `trans-de-en`, FREQUENCIES a table of the lexicon (form, frequency, …). Each line
holds a sentence, the word in it, and what it may be in English, set off by `|`: every translation that the dictionary has for the
word in any of its lines, as it stands and inflected. The sentences are made here and in no corpus.
"""

import random
import re
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models" / "train"))
import ding  # noqa: E402
from inflect import English  # noqa: E402

SEED = 16
COUNTS = {"noun": 250, "plural": 60, "adj": 90, "verb": 100}
# Times that the training text has such a word.
RARE = range(1, 40)

NOUNS = [
    "Gestern haben wir lange über {acc} gesprochen.",
    "Niemand wusste, woher {nom} kam.",
    "Auf dem Bild sieht man {acc} und einen alten Mann.",
    "Meine Schwester hat {acc} noch nie gesehen.",
    "Am Ende war {nom} wichtiger als alles andere.",
    "Ich frage mich, wem {nom} gehört.",
    "Der Lehrer erklärte den Kindern {acc}.",
    "In dem Artikel geht es um {acc}.",
    "Ohne {acc} wäre die Geschichte anders ausgegangen.",
    "Plötzlich fiel mir {nom} ein.",
    "Viele Leute halten {acc} für ein Problem.",
    "Sie erinnerte sich gern an {acc}.",
]
PLURALS = [
    "Am Montag kamen endlich die {w}.",
    "Früher gab es hier viele {w}.",
    "Die {w} waren teurer, als wir dachten.",
    "Er schreibt seit Jahren über {w}.",
    "Ohne {w} geht es leider nicht.",
]
ADJECTIVES = [
    "Das Ergebnis war ziemlich {w}.",
    "Sein Bruder wirkte auf mich immer {w}.",
    "Das ist wirklich eine {w}e Geschichte.",
    "Wir fanden den Vorschlag {w}.",
    "Die {w}e Frau lächelte.",
    "Alles, was er sagte, klang {w}.",
]
VERBS = [
    "Man kann das nicht einfach {w}.",
    "Am Abend wollte er es noch einmal {w}.",
    "Sie mussten alles {w}.",
    "Wir werden es morgen {w}.",
    "Es wäre ein Fehler, wenn wir das {w}.",
]
ARTICLES = {"m": ("der", "den"), "f": ("die", "die"), "n": ("das", "das")}


def main() -> None:
    frequencies = {}
    for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines():
        form, frequency, *_ = line.split("\t")
        frequencies[form] = int(frequency)
    accepted: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, str] = {}
    english = English()
    for entry in ding.entries(Path(sys.argv[1])):
        for german in entry.german:
            word = re.sub(r"^(?:" + ding.PLACEHOLDER.pattern + r"|sich) ", "", german)
            if not re.fullmatch(r"\w{4,}", word):
                continue
            accepted[word] |= {candidate.text for candidate in entry.english}
            kind = entry.grammar
            if kind == "v" and not (word[:1].islower() and re.search(r"e?n$", word) and entry.headword):
                kind = ""
            if kind == "adj" and (not entry.headword or not word.islower() or re.search(r"(?:e|el|er)$", word)):
                kind = ""
            kinds.setdefault(word, kind)
    groups: dict[str, list[str]] = {group: [] for group in COUNTS}
    of_kind = {"m": "noun", "f": "noun", "n": "noun", "pl": "plural", "adj": "adj", "v": "verb"}
    for word in sorted(accepted):
        group = of_kind.get(kinds[word])
        if group and accepted[word] and frequencies.get(word, 0) in RARE:
            groups[group].append(word)
    random.seed(SEED)
    for group, count in COUNTS.items():
        for word in sorted(random.sample(groups[group], count)):
            if group == "noun":
                nominative, accusative = ARTICLES[kinds[word]]
                sentence = random.choice(NOUNS).format(nom=f"{nominative} {word}", acc=f"{accusative} {word}")
            else:
                sentence = random.choice({"plural": PLURALS, "adj": ADJECTIVES, "verb": VERBS}[group]).format(w=word)
            right = set(accepted[word])
            inflections = ("ing", "participle", "past", "third") if group == "verb" else ("plural",) if group == "noun" else ()
            right |= {english.inflected(kind, text) for kind in inflections for text in accepted[word]}
            print(sentence, word + ("e" if f"{word}e " in sentence else ""), "|".join(sorted(right)), sep="\t")


if __name__ == "__main__":
    main()
