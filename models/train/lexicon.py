"""The table of the lexicon: German form, frequency in the training text, English candidates.

    python lexicon.py recipe.toml work/lexicon.tsv                # with Ding, therefore GPL-2+
    python lexicon.py recipe.toml work/permissive.tsv --permissive  # corpora, lemmas and names only

`degist models lexicon` makes the file of it that programs read. Candidates come from the dictionary of Ding, from words that stand
for each other in the corpora (aligned by eflomal) and from names; they are ranked by how often the corpora say them, their place
in the dictionary, their register and how usual they are. Kinds of lines:

| form | what it is |
|---|---|
| `Knöchel` | a word; without candidates it stands for itself |
| `gang und gäbe` | words that stand together |
| `teil … nahm` | words at the end of a clause, and the verb before them |
| `frage-`, `fragen-` | the first part of compounds with what links it; the second column is 16 times what it costs (nats) |
| `-einrichtungen` | the last part of compounds, likewise |
"""

import argparse
import math
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Iterable, Iterator

import babel
import simplemma
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

import ding
from inflect import PREFIXES, English, german_form

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+|[^\w\s]")
ENGLISH = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[^\w\s]")
PLAIN = str.maketrans({"’": "'", "‘": "'", "\u00ad": None, "\u200b": None, "\u00a0": " ", "\u202f": " "})

# Frequencies are counted in so many different English sentences of each corpus; thresholds of hints refer to them.
COUNTED = {"news": None, "spoken-literary": None, "docs-other": 60_000, "docs-products": 150_000}
# Candidates are looked for in these.
ALIGNED = {**COUNTED, "extra-news": None, "extra-prose": None}
# Words seen more often get no candidates from the corpora.
FREQUENT = 3000
EMPTY = set("a an the of to in on at by for and or is are be was were it its their his her this that with from as s".split())
# Participles are not compared, and nobody is told that you did something, in print.
INFLECTED = re.compile(r"^[a-zäöü]\w+e[mnrs]?$")
UNLIKELY = re.compile(r"(?:end|iert|ert|elt|gt)(?:er|est)e[mnrs]?$|^[a-zäöü]\w+(?:test|tet)$")
VERBAL = ("ing", "participle", "past", "third")
# Of the sentences with a phrase so many must have one of its candidates.
CONFIRMED = 0.3
# Phrases that mean too much to be taken from the dictionary alone.
LIGHT = re.compile(r"\b(?:sein|werden|haben|machen|tun|nicht|sich|es)\b")
# English for verbs that the network writes before it comes to the rest of an idiom.
LITERAL = {
    "beißen": "bite", "bringen": "bring", "fallen": "fall", "geben": "give", "halten": "keep", "kommen": "come", "legen": "put",
    "machen": "make", "nehmen": "take", "schlagen": "make", "setzen": "put", "spielen": "play", "stehen": "stand", "stellen": "put", "werfen": "throw", "ziehen": "pull",
}  # fmt: skip
IDIOMS = Path(__file__).with_name("idioms.tsv")
PREPOSITIONS = "(?:an|auf|aus|bei|durch|für|gegen|in|im|mit|nach|über|um|unter|von|vor|zu|zur|zum|zwischen)"
PRONOUNS = {"Das", "Da", "Dann", "Ihr", "Du", "Man", "Mein", "Meine", "Seine", "Ihre", "Was", "Wie", "Wer", "Wo", "Warum", "Kann", "Hast", "Haben",
            "ich", "du", "er", "sie", "es", "wir", "ihr", "man", "Er", "Sie", "Es", "Ich", "Wir"}


@cache
def stem(word: str) -> str:
    return simplemma.lemmatize(word.lower(), "en").lower()


@cache
def stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in re.findall(r"[^\W\d_]+", text))


# British spellings and American ones: `labour`, `organisation`, `centre`, `defence`, `catalogue`.
BRITISH = [(re.compile(british), american) for british, american in (
    (r"(?<=[a-z]{3})our(?=[a-z]*$)", "or"), (r"is(?=(?:e|ed|es|er|ers|ing|ation|ations|able)$)", "iz"), (r"ys(?=(?:e|ed|es|ing)$)", "yz"),
    (r"(?<=[bt])re$", "er"), (r"ence$", "ense"), (r"ogue$", "og"), (r"amme$", "am"), (r"ll(?=(?:ed|ing|er|ers)$)", "l"))]


@cache
def lemma(form: str) -> str:
    return simplemma.lemmatize(form, "de")


class Corpora:
    """What the corpora say: frequencies, and which English is aligned with a German word."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.german: Counter = Counter()
        self.english: Counter = Counter()
        self.aligned: dict[str, Counter] = {}
        self.occurrences: Counter = Counter()
        self.sentences: list[tuple[str, str]] = []
        for german, english in self.pairs(COUNTED):
            words = set(WORD.findall(german))
            words |= {part for word in words if "-" in word for part in word.split("-")}
            self.german.update(words)
            self.english.update({stem(word) for word in re.findall(r"[^\W\d_]+", english)})
            self.sentences.append((german, english))

    def pairs(self, limits: dict[str, int | None]) -> Iterator[tuple[str, str]]:
        """German and English, of every English sentence once."""
        seen: set[int] = set()
        for name, limit in limits.items():
            count = 0
            path = self.folder / f"{name}.tsv"
            if not path.exists():
                continue
            for line in path.open(encoding="utf-8"):
                german, english = line.rstrip("\n").split("\t")[:2]
                if hash(english) in seen:
                    continue
                seen.add(hash(english))
                count += 1
                if limit and count > limit:
                    break
                yield german.translate(PLAIN), english.translate(PLAIN)

    def align(self) -> None:
        """Aligns the words of all pairs, once."""
        german, english, forward, backward = (self.folder / f"aligned.{end}" for end in ("de", "en", "forward", "backward"))
        if not backward.exists():
            with german.open("w", encoding="utf-8") as g, english.open("w", encoding="utf-8") as e:
                for source, target in self.pairs(ALIGNED):
                    source, target = TOKEN.findall(source), ENGLISH.findall(target)
                    if 0 < len(source) <= 80 and 0 < len(target) <= 80:
                        g.write(" ".join(source) + "\n")
                        e.write(" ".join(target) + "\n")
            aligner = str(Path(sys.executable).with_name("eflomal-align"))
            files = ["-s", german, "-t", english, "-f", forward, "-r", backward, "--overwrite"]
            subprocess.run([aligner, "-m", "2", "-1", "4", "-2", "6", "--n-samplers", "3", *map(str, files)], check=True)
        rare = {word for word, count in self.german.items() if count <= FREQUENT and len(word) > 2}
        counts: dict[str, Counter] = defaultdict(Counter)
        for lines in zip(*(path.open(encoding="utf-8") for path in (german, english, forward, backward))):
            source = lines[0].split()
            places: dict[str, list[int]] = {str(i): [] for i, word in enumerate(source) if word in rare}
            if not places:
                continue
            target, backward_links = lines[1].split(), set(lines[3].split())
            certain = set()
            for link in lines[2].split():
                i, _, j = link.partition("-")
                if i in places:
                    places[i].append(int(j))
                    if link in backward_links:
                        certain.add(i)
            for i, found in places.items():
                word = source[int(i)]
                self.occurrences[word] += 1
                if i not in certain:
                    continue
                found.sort()
                while found and target[found[0]].lower() in EMPTY:
                    found.pop(0)
                while found and target[found[-1]].lower() in EMPTY:
                    found.pop()
                if found and found[-1] - found[0] == len(found) - 1 and len(found) <= 4:
                    text = " ".join(target[found[0] : found[-1] + 1])
                    if text.replace(" ", "").replace("'", "").isalpha():
                        counts[word][text] += 1
        self.aligned = dict(counts)

    def frequency(self, form: str) -> int:
        """Also of the form without the capital of a sentence's beginning."""
        return max(self.german[form], self.german[form.lower()] if form[:1].isupper() else 0)


class Ranking:
    """Puts the candidates of a form in order."""

    def __init__(self, corpora: Corpora) -> None:
        self.corpora = corpora
        self.by_lemma: dict[str, Counter] = defaultdict(Counter)
        self.of_lemma: Counter = Counter()
        # Of verbs that are spelt like a noun which is more usual, what the noun is in English.
        self.nouns: dict[str, set[str]] = {}
        self.by_stem: dict[str, Counter] = {}
        for form, counts in corpora.aligned.items():
            of_form: Counter = Counter()
            for text, count in counts.items():
                of_form[stems(text)] += count
            self.by_stem[form] = of_form
            self.by_lemma[lemma(form)].update(of_form)
            self.of_lemma[lemma(form)] += corpora.occurrences[form]
            if form[:1].isupper() and form.lower() in corpora.aligned and corpora.german[form] > corpora.german[form.lower()]:
                self.nouns[form.lower()] = {text.lower() for text, _ in counts.most_common(3)}

    def share(self, form: str, text: str) -> float:
        """How much of a form, or else of its lemma, is said so in the corpora."""
        if form not in self.corpora.aligned and lemma(form) not in self.by_lemma:
            return 0.0
        wanted = stems(text)
        own = self.by_stem.get(form, Counter())[wanted]
        base = lemma(form)
        shared = self.by_lemma[base][wanted] if base in self.by_lemma else 0
        seen, all_seen = self.corpora.occurrences[form], self.of_lemma[base]
        return 0.6 * own / (seen + 2) + 0.4 * shared / (all_seen + 2)

    @cache
    def spelt(self, text: str) -> tuple[str, ...]:
        """The stems of a text in one spelling, by which variants of it are known."""
        found = []
        for word in stems(text):
            american = (pattern.sub(change, word) for pattern, change in BRITISH)
            found.append(next((other for other in american if other != word and self.corpora.english[other] >= 5), word))
        return tuple(found)

    def usual(self, text: str) -> float:
        """The logarithm of the frequency of its rarest word."""
        found = [self.corpora.english[word] for word in stems(text) if word not in EMPTY]
        return math.log1p(min(found, default=0))

    def score(self, form: str, text: str, cost: float) -> float:
        words = len(text.split())
        return 7.0 * (self.share(form, text) if form else 0.0) + 0.12 * self.usual(text) - cost - 0.15 * (words - 1) - 0.3 * (words > 3)

    def best(self, form: str, candidates: dict[str, float]) -> list[str]:
        """Candidates with their costs, the best first, together with what the corpora say of the form."""
        corpora = self.corpora
        scored = {text: self.score(form, text, cost) for text, cost in candidates.items()}
        known = {stems(text) for text in candidates}
        seen = corpora.occurrences[form]
        surfaces = corpora.aligned.get(form, Counter())
        usual = surfaces.most_common(5)
        for text, count in usual[:3]:
            share = count / (seen + 1)
            # A compound of which half was aligned.
            longer = [*candidates, *(other for other, more in usual if more >= 0.5 * count)]
            if count < 5 and any(set(stems(text)) < set(stems(other)) for other in longer):
                continue
            # `bikini` for a bikini top.
            if share < 0.6 and len(form) > 9 and form[:1].isupper() and any(stems(text) == stems(other)[:-1] for other in candidates):
                continue
            if candidates and text.lower() in self.nouns.get(form, ()):
                # A noun in small letters.
                continue
            if INFLECTED.search(form) and text.endswith("ly") and lemma(form) != form:
                continue
            if ding.COARSE.search(text) or stems(text) in known:
                continue
            if form in text.split() and not candidates:
                # A name with its other half.
                return [form]
            # Against a dictionary it takes more than chance.
            if (count >= 2 and share >= 0.08) if candidates else (count >= 2 and share >= 0.25):
                if not form[:1].isupper() or text.lower() != form.lower():
                    text = text if form[:1].isupper() and corpora.german[form] < 3 or text.isupper() else self.lower(text)
                scored.setdefault(text, self.score(form, text, 0.25 if candidates else 0.1))
                known.add(stems(text))
        order = sorted(scored, key=scored.get, reverse=True)
        chosen: list[str] = []
        for text in order:
            if all(self.spelt(text) != self.spelt(other) for other in chosen) and (not chosen or scored[text] > scored[chosen[0]] - 5.0):
                chosen.append(text)
        return chosen[:2]

    @cache
    def lower(self, text: str) -> str:
        """Without the capital of a heading, if the corpora mostly write it without."""
        return text if self.capital.get(text, 0) > self.capital.get(text.lower(), 0) else text.lower()

    @property
    def capital(self) -> Counter:
        if not hasattr(self, "_capital"):
            self._capital = Counter()
            for counts in self.corpora.aligned.values():
                self._capital.update(counts)
        return self._capital

    def itself(self, form: str) -> bool:
        """Whether English writes it alike."""
        counts = self.corpora.aligned.get(form)
        return bool(counts) and counts[form] >= 0.5 * self.corpora.occurrences[form]


class Dictionary:
    """Ding by form: candidates with costs; phrases; and what it knows of inflection."""

    def __init__(self, entries: Iterable[ding.Entry]) -> None:
        self.words: dict[str, dict[str, float]] = defaultdict(dict)
        self.phrases: dict[str, dict[str, float]] = defaultdict(dict)
        self.verb_phrases: dict[str, dict[str, float]] = defaultdict(dict)
        self.plurals: dict[str, set[str]] = defaultdict(set)
        self.verbs: set[str] = set()
        self.english = English()
        head: ding.Entry | None = None
        for entry in entries:
            head = entry if entry.headword else head
            for place, german in enumerate(entry.german):
                if " " in german:
                    self.phrase(german, entry)
                    continue
                costs = self.words[german]
                for candidate in entry.english:
                    # Compounds and phrases below a headword are as good; synonyms further back are not.
                    cost = candidate.cost + 0.05 * min(place, 3)
                    costs[candidate.text] = min(cost, costs.get(candidate.text, cost)) - (0.15 if candidate.text in costs else 0.0)
                if entry.verb and entry.headword and german[:1].islower():
                    self.verbs.add(german)
            if head is not None and entry is not head:
                self.learn(head, entry)

    def learn(self, head: ding.Entry, entry: ding.Entry) -> None:
        if entry.grammar == "pl" and len(entry.german) == len(head.german):
            for one, many in zip(head.german, entry.german):
                if many[:2].lower().replace("ä", "a").replace("ö", "o").replace("ü", "u") == one[:2].lower().replace("ä", "a").replace("ö", "o").replace("ü", "u"):
                    self.plurals[one].add(many)
            for one, many in zip(head.english, entry.english):
                if one.text[:2] == many.text[:2] and one.cost == many.cost:
                    self.english.learn("plural", one.text, many.text)
        elif head.verb:
            for base in head.german:
                if re.fullmatch(r"\w+e?n", base):
                    for form in entry.german:
                        words = form.split()
                        kind = german_form(words[0] if len(words) < 2 else words[1] + words[0], base, set())
                        if kind and len(words) < 3 and len(head.english) == len(entry.english):
                            for one, other in zip(head.english, entry.english):
                                if one.text[:1] == other.text[:1] and len(one.text.split()) == len(other.text.split()):
                                    self.english.learn(kind, one.text, other.text)
                            return

    def phrase(self, german: str, entry: ding.Entry) -> None:
        # `etw. losschnallen`, `an etw. teilnehmen`, `jdn. über den Haufen werfen`
        place = ding.PLACEHOLDER.pattern
        german = re.sub(rf"^(?:(?:{place}|sich|{PREPOSITIONS} {place}) )+", "", german)
        german = re.sub(rf"(?: (?:{PREPOSITIONS} )?{place})+$", "", german)
        german = re.sub(r"^(?:der|die|das|ein|eine|einen|einem|einer|sich) ", "", german)
        words = german.split()
        if not words or not all(WORD.fullmatch(word) for word in words) or len(words) > 8 or ding.PLACEHOLDER.search(german):
            return
        if len(words) < 4 and words[0] in PRONOUNS:
            return
        if len(words) == 1:
            if words[0][:1].islower():
                self.verbs.add(words[0]) if entry.verb and entry.headword else None
                costs = self.words[words[0]]
                for candidate in entry.english:
                    costs[candidate.text] = min(candidate.cost, costs.get(candidate.text, 9.0))
            return
        separated = len(words) == 2 and words[1] in PREFIXES and entry.verb and not entry.headword
        verbal = re.search(r"(?:en|ern|eln|sein|tun)$", words[-1]) and words[-1][0].islower() and (entry.grammar == "v" or entry.verb and not entry.headword or entry.grammar == "")
        target = self.phrases
        if separated:
            german = f"{words[1]} … {words[0]}"
        elif verbal and words[0] in PRONOUNS or len(words) > 6 and entry.verb:
            return
        elif verbal and len(words) < 6:
            target = self.verb_phrases
        costs = target[german]
        for candidate in entry.english:
            costs[candidate.text] = min(candidate.cost, costs.get(candidate.text, 9.0))


def telling(phrase: str) -> bool:
    """Whether the words around a verb without much meaning have some: `auf dem Holzweg`, `die Nase voll`."""
    others = [word for word in re.findall(r"\w+", phrase) if not LIGHT.fullmatch(word)]
    return len(others) > 1 and any(word[:1].isupper() for word in others)


def said_often(form: str, base: str) -> bool:
    """Whether a form of a verb is used apart from its particle or idiom: third persons, present and past, and participles."""
    if base == "sein":
        return form in ("ist", "sind", "war", "waren", "gewesen")
    if base == "werden":
        return form in ("wird", "werden", "wurde", "wurden", "geworden")
    stem = re.sub(r"e?n$", "", base)
    if form == base:
        return True
    if re.search(r"(?:end|zu\w+|te[mnrs]|test|e[mrs])$", form) and not form.endswith("ten"):
        return False
    if form.endswith("st") and stem[-1:] not in "sßzx":
        return False
    if form.endswith("et") and not (form == stem + "et" and re.search(r"(?:[td]|[^aeioulrhmn][mn])$", stem)):
        return False
    changed = any(vowel in form and vowel not in base for vowel in "äöü")
    return not (changed and form.endswith(("e", "en", "et")))


def said_in_person(form: str, base: str) -> bool:
    """The same, with first and second persons, and `wäre`."""
    if base == "sein":
        return form in ("bin", "bist", "ist", "sind", "seid", "war", "warst", "waren", "wäre", "wären", "gewesen")
    return said_often(form, base) or form.endswith("st") and not form.endswith("est") and said_often(form[:-2] + "t", base)


class Lexicon:
    """The lines of the table."""

    def __init__(self, corpora: Corpora, dictionary: Dictionary, names: dict[str, str]) -> None:
        self.corpora, self.dictionary, self.names = corpora, dictionary, names
        self.ranking = Ranking(corpora)
        self.forms: dict[str, list[str]] = {}
        self.frequencies: dict[str, int] = {}

    def candidates(self, form: str, base: str | None = None) -> dict[str, float]:
        """What the dictionary has for a form, or for its lemma, inflected."""
        words, english = self.dictionary.words, self.dictionary.english
        found: dict[str, float] = dict(words.get(form, {}))
        if form in self.names:
            found.setdefault(self.names[form], 0.0)
        base = base or lemma(form)
        if base != form and base in words:
            kind = german_form(form, base, self.dictionary.plurals.get(base, set()))
            if kind in VERBAL and base not in self.dictionary.verbs:
                kind = ""
            for text, cost in words[base].items():
                text = english.inflected(kind, text)
                found.setdefault(text, cost + (0.3 if found else 0.0))
        elif base != form and not found and form not in self.corpora.aligned:
            # No dictionary has it: what the corpora say of its lemma.
            kind = german_form(form, base, set())
            enough = 0.3 * self.corpora.occurrences[base]
            for text, count in self.corpora.aligned.get(base, Counter()).most_common(2):
                if count >= max(3, enough) and not ding.COARSE.search(text) and text != base:
                    text = self.ranking.lower(text)
                    base_form = stem(text.split()[0]) == text.split()[0]
                    found[english.inflected(kind, text) if base_form or kind not in VERBAL else text] = 0.1
        elif not found and form[:1].islower() and form.capitalize() in words and lemma(form) == form:
            found = dict(words[form.capitalize()])
        return found

    def words(self) -> None:
        corpora = self.corpora
        inflected = DefaultDictionaryFactory().get_dictionary("de")
        text = lambda word: word.decode() if isinstance(word, bytes) else word
        bases = {text(form): text(base) for form, base in inflected.items()}
        wanted = {form for form in corpora.german if len(form) > 1}
        wanted |= set(self.dictionary.words) | set(self.names)
        known = self.dictionary.words
        wanted |= {form for form, base in bases.items() if base in known or corpora.occurrences[base] >= 5}
        for base in known:
            if base in self.dictionary.plurals:
                wanted |= {form + "n" for form in self.dictionary.plurals[base] if not form.endswith(("n", "s"))}
        for form in sorted(wanted):
            if not WORD.fullmatch(form) or len(form) > 50 or UNLIKELY.search(form) and form not in corpora.german:
                continue
            found = self.candidates(form, bases.get(form))
            if "-" in form and not found:
                continue
            frequency, itself = corpora.frequency(form), False
            if form[:1].isupper() and not found and form.lower() in known and frequency > corpora.german[form]:
                continue
            if self.ranking.itself(form) or form[:1].isupper() and any(candidate == form for candidate in found):
                best, itself = [] if form[:1].isupper() else [form], True
            else:
                best = self.ranking.best(form, found)
                itself = best == [form] and form[:1].isupper()
                best = [] if itself else best
            if best or frequency >= 30 or itself:
                self.forms[form] = best
                self.frequencies[form] = frequency

    def idiomatic(self, german: list[str], text: str) -> bool:
        """Whether the words of a phrase do not give its English one by one."""
        literal = {word for form in german for candidate in self.dictionary.words.get(form, {}) for word in stems(candidate)}
        literal |= {word for form in german for candidate in self.dictionary.words.get(lemma(form), {}) for word in stems(candidate)}
        literal |= {word for form in german for candidate in self.forms.get(form, ()) for word in stems(candidate)}
        content = [word for word in stems(text) if word not in EMPTY]
        return not content or sum(word in literal for word in content) <= 0.5 * len(content)

    def conjugated(self, verb: str, bases: dict[str, list[str]]) -> list[tuple[str, str]]:
        """Finite forms that can stand away from a verb's end, with what they are."""
        return [(form, german_form(form, verb, set())) for form in bases.get(verb, ()) if german_form(form, verb, set()) not in ("ing", "participle")]

    def phrases(self) -> None:
        """Phrases, and verbs that stand away from their particle or the rest of the idiom."""
        dictionary, english = self.dictionary, self.dictionary.english
        inflected = DefaultDictionaryFactory().get_dictionary("de")
        text_of = lambda word: word.decode() if isinstance(word, bytes) else word
        all_forms: dict[str, list[str]] = defaultdict(list)
        for form, base in inflected.items():
            form, base = text_of(form), text_of(base)
            if form.islower():
                all_forms[base].append(form)
        forms = {base: [form for form in said if said_often(form, base)] for base, said in all_forms.items()}
        # In the dictionary's phrases the form in `-e` is more often another word.
        apart = {base: [form for form in said if not form.endswith("e") or german_form(form, base, set())] for base, said in forms.items()}
        found: dict[str, list[str]] = {}
        source: dict[str, str] = {}  # what the dictionary has, of each of its forms

        def order(costs: dict[str, float]) -> list[str]:
            return sorted(costs, key=lambda text: self.ranking.score("", text, costs[text]) + 0.15 * (len(text.split()) - 1), reverse=True)[:2]

        def add(form: str, texts: list[str], of: str) -> None:
            if form not in found:
                found[form], source[form] = texts, of

        for german, costs in dictionary.phrases.items():
            words = german.replace(" …", "").split()
            best = [text for text in order(costs) if "…" in german or self.idiomatic(words, text)]
            if best:
                add(german, best, german)
        for german, costs in dictionary.verb_phrases.items():
            *core, verb = german.split()
            if verb in ("sein", "werden", "haben") and len(core) < 2:
                continue
            best = [text for text in order(costs) if self.idiomatic([*core, verb], text)]
            if not best:
                continue
            for form, texts in self.inflections(core, verb, best, apart):
                add(form, texts, german)
        for verb in sorted(dictionary.verbs):
            prefix = max((p for p in PREFIXES if verb.startswith(p) and verb[len(p) :] in forms and len(verb) > len(p) + 3), key=len, default="")
            if prefix and verb in self.forms:
                best = self.ranking.best(verb, dictionary.words[verb])
                for form, kind in self.conjugated(verb.removeprefix(prefix), forms):
                    said = [english.inflected(kind, text) for text in best]
                    found.pop(f"{prefix} … {form}", None)
                    add(f"{prefix} … {form}", said, verb)
                    if prefix + form not in self.forms:
                        self.forms[prefix + form] = said
                        self.frequencies[prefix + form] = self.corpora.frequency(prefix + form)
        for german, best in self.confirmed(found, source).items():
            self.forms[german] = best
        for form, texts in self.idioms(all_forms):
            self.forms[form] = texts
            self.frequencies.setdefault(form, 0)

    def inflections(self, core: list[str], verb: str, texts: list[str], forms: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
        """A verb with what belongs to it, as the table has it: the infinitive, and each form of the verb before the rest or behind it."""
        said = self.dictionary.english.said
        prefix = next((p for p in PREFIXES if verb.startswith(p) and verb[len(p) :] in forms and len(verb) > len(p) + 3), "")
        base = verb.removeprefix(prefix)
        yield " ".join([*core, verb]), texts
        yield " ".join([*core, f"{prefix}zu{base}" if prefix else f"zu {verb}"]), texts
        for form, kind in self.conjugated(base, forms):
            if form != base:
                english = [said(kind, text, form) for text in texts]
                yield " ".join([*core, *([prefix] if prefix else []), "…", form]), english
                yield " ".join([*core, prefix + form]), english
        for form in forms.get(verb, ()):
            if german_form(form, verb, set()) == "participle" and re.search(r"(?:[^s]t|en)$", form):
                yield " ".join([*core, form]), [said("participle", text, form) for text in texts]

    def idioms(self, forms: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
        """Idioms that Ding has not or marks as colloquial, with the verb in every person."""
        forms = {base: [form for form in said if said_in_person(form, base)] for base, said in forms.items()}
        for line in IDIOMS.read_text(encoding="utf-8").splitlines():
            german, text = line.split("\t")
            *core, verb = re.sub(r"^(?:sich|der|die|das|den|einen?|eine) (?=.* )", "", german).split()
            prefix = next((p for p in PREFIXES if verb.startswith(p) and verb[len(p) :] in forms and len(verb) > len(p) + 3), "")
            if verb in forms or prefix:
                for form, texts in self.inflections(core, verb, [text], forms):
                    yield form, self.with_rest(texts, verb, len(core) > 1 and "…" in form)
                plural = self.dictionary.english.said("", text, verb)
                if prefix:
                    yield " ".join([*core, prefix, "…", verb.removeprefix(prefix)]), self.with_rest([plural], verb, True)
                elif text.startswith("be "):  # other plurals are as their infinitives
                    yield " ".join([*core, "…", verb]), self.with_rest([plural], verb, True)
            else:
                yield german, [text]

    def with_rest(self, texts: list[str], verb: str, apart: bool) -> list[str]:
        """What an idiom is in English, where its verb stands before the rest: that without its verb if this is literal; with and without `be`."""
        first, _, rest = texts[0].partition(" ")
        if not apart or not rest:
            return texts
        if stem(first) == LITERAL.get(verb):
            return [rest]
        return [*texts, rest] if first in ("am", "are", "is", "was", "were") else texts

    def confirmed(self, found: dict[str, list[str]], source: dict[str, str]) -> dict[str, list[str]]:
        """Phrases that the corpora do not have, or have with one of their candidates in the English sentence often enough."""
        together: dict[str, set[int]] = defaultdict(set)
        whole: set[str] = set()
        apart: dict[str, set[str]] = defaultdict(set)
        for phrase in found:
            core, _, verb = phrase.partition(" … ")
            together[core.split()[0]].add(len(core.split()))
            (apart[core].add(verb) if verb else whole.add(core))
        counts: Counter = Counter()
        seen_of: Counter = Counter()
        right_of: dict[str, Counter] = defaultdict(Counter)
        for german, english in self.corpora.sentences:
            words = WORD.findall(german)
            seen = set()
            for i, word in enumerate(words):
                for length in together.get(word, ()):
                    core = " ".join(words[i : i + length])
                    if core in whole:
                        seen.add(core)
                    verbs = apart.get(core)
                    if verbs and (length > 1 or i + 1 == len(words) or re.search(rf"\b{core}\s*[,.;:!?)]", german)):
                        seen |= {f"{core} … {verb}" for verb in verbs.intersection(words[max(0, i - 20) : i])}
            if seen:
                said = set(stems(english))
                counts.update(seen)
                for phrase in seen:
                    of = source[phrase]
                    seen_of[of] += 1
                    for place, text in enumerate(found[phrase]):
                        right_of[of][place] += set(stems(text)) - EMPTY <= said
        kept: dict[str, list[str]] = {}
        for phrase, texts in found.items():
            of = source[phrase]
            if seen_of[of]:
                right = right_of[of]
                order = sorted(range(len(texts)), key=lambda place: -right[place])
                texts = [texts[place] for place in order if right[place] >= CONFIRMED * seen_of[of]]
            elif LIGHT.search(of) and not telling(of):
                texts = []
            if texts:
                kept[phrase] = texts
                self.frequencies[phrase] = counts[phrase]
        return kept

    def compounds(self) -> None:
        """What the parts of compounds mean, and how likely they are, by the compounds of which the dictionary says it."""
        links = ("", "s", "es", "n", "en", "er", "e", "ens")
        words = self.dictionary.words
        lower = defaultdict(list)
        for form in self.forms:
            if len(form) >= 3 and " " not in form and "-" not in form:
                lower[form.lower()].append(form)
        firsts: dict[str, Counter] = defaultdict(Counter)
        lasts: dict[str, Counter] = defaultdict(Counter)

        def said(part: str) -> set[tuple[str, ...]]:
            return {stems(text) for form in lower.get(part, ()) for text in [*words.get(form, {}), *self.forms.get(form, ())]}

        meanings = cache(said)
        explained = {**self.forms, **{form: list(costs) for form, costs in words.items()}}
        for compound, texts in explained.items():
            form = compound.lower()
            if len(form) < 7 or not form.isalpha():
                continue
            best: tuple[float, str, str, str, str] | None = None
            for text in texts[:4]:
                parts = re.findall(r"[\w'-]+", text)
                if not 2 <= len(parts) <= 4 or any(part in EMPTY for part in parts):
                    continue
                for cut in range(3, len(form) - 2):
                    last = form[cut:]
                    if last not in lower:
                        continue
                    for link in links:
                        first = form[: cut - len(link)] if form[:cut].endswith(link) else ""
                        if len(first) < 2 or first not in lower:
                            # Verbs and nouns that lose their ending: `Lesebrille`, `Schulbuch`.
                            if link or not first or not any(first + end in lower for end in ("e", "en", "n")):
                                continue
                            first = next(first + end for end in ("en", "n", "e") if first + end in lower)
                        for at in range(1, len(parts)):
                            one, two = " ".join(parts[:at]), " ".join(parts[at:])
                            score = 2.0 * (stems(one) in meanings(first)) + 2.0 * (stems(two) in meanings(last)) - 0.1 * len(link)
                            if score > 1.5 and (best is None or score > best[0]):
                                best = (score, form[:cut], last, one, two)
            if best:
                # If only one of the parts is known to mean this, it takes two such compounds.
                weight = 1.0 if best[0] > 3 else 0.5
                firsts[best[1]][best[3]] += weight
                lasts[best[2]][best[4]] += weight
        for counts, sign in ((firsts, "{}-"), (lasts, "-{}")):
            total = sum(sum(meaning.values()) for meaning in counts.values())
            for part, meaning in counts.items():
                often = sum(meaning.values())
                texts = [text for text, count in meaning.most_common(2) if count >= max(1, 0.25 * meaning.most_common(1)[0][1])]
                if not texts or often < 2 and part not in lower:
                    continue
                key = sign.format(part)
                self.forms[key] = texts
                self.frequencies[key] = min(254, round(16 * math.log(total / often)))

    def write(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as out:
            for form in sorted(self.forms):
                out.write(f"{form}\t{self.frequencies[form]}\t{'|'.join(self.forms[form])}\n")


def names() -> dict[str, str]:
    """Countries, languages, scripts, currencies and cities, from Unicode's CLDR."""
    german, english = babel.Locale("de"), babel.Locale("en")
    found: dict[str, str] = {}
    for kind in ("territories", "languages", "scripts", "currencies"):
        theirs = getattr(english, kind)
        found |= {name: theirs[key] for key, name in getattr(german, kind).items() if key in theirs}
    for zone, said in german.time_zones.items():
        if "city" in said:
            found[said["city"]] = english.time_zones.get(zone, {}).get("city") or zone.split("/")[-1].replace("_", " ")
    return {name: text for name, text in found.items() if WORD.fullmatch(name)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--permissive", action="store_true")
    arguments = parser.parse_args()
    recipe = tomllib.loads(arguments.recipe.read_text())
    corpora = Corpora(Path(recipe["data"]))
    corpora.align()
    print(len(corpora.german), "forms in the corpora,", len(corpora.aligned), "aligned", file=sys.stderr)
    entries = [] if arguments.permissive else ding.entries(Path(recipe["dictionary"]))
    dictionary = Dictionary(entries)
    lexicon = Lexicon(corpora, dictionary, names())
    lexicon.words()
    print(len(lexicon.forms), "words", file=sys.stderr)
    lexicon.phrases()
    print(len(lexicon.forms), "words and phrases", file=sys.stderr)
    lexicon.compounds()
    print(len(lexicon.forms), "words, phrases and parts", file=sys.stderr)
    lexicon.write(arguments.out)


if __name__ == "__main__":
    main()
