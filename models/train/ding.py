"""The dictionary of Ding (Frank Richter, TU Chemnitz; GPL-2+) as entries: German form, English candidates, grammar, register.

A line holds German forms and, after `::`, as many English ones, set off by `|`; `;` sets off synonyms. The first form is the
headword, the others are inflected forms, compounds, phrases and examples.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

REMARKS = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|<[^>]*>|/[^/]*/")
ALTERNATIVE = re.compile(r"([\w-]+) ?/ ?[\w'’-]+")
TAG = re.compile(r"\[([^\]]*)\]")
GRAMMAR = re.compile(r"\{(m|f|n|pl|adj|adv|vt|vi|vr|v)\b")

# Candidates of these registers are never proposed.
UNFIT = re.compile(r"slang|vulg|derb|obs\.|archaic|becoming dated|offensive|Jugendsprache|Kindersprache")
COARSE = re.compile(
    r"\b(fuck|shit|cunt|arse|asshole|bugger|wank|bitch|bastard|whore|nigger|faggot|piss|crap|cock|twat|slut|bollock|dick|prick|tits?\b)",
    re.I,
)
# What a candidate loses for a tag.
COSTS = {
    "dated": 0.5,
    "rare": 0.5,
    "selten": 0.5,
    "veraltet": 0.4,
    "alt": 0.4,
    "poet.": 0.4,
    "pej.": 0.3,
    "humor.": 0.4,
    "coll.": 0.2,
    "formal": 0.15,
    "Br.": 0.1,
    "Sc.": 0.6,
    "Ir.": 0.6,
    "Austr.": 0.3,
    "Schw.": 0.2,
    "NZ": 0.6,
    "Northern English": 0.6,
    "former name": 0.3,
}
# What it loses for being said in one field only.
FIELD = 0.15
FIELDS = re.compile(r"^(ornith|zool|min|bot|chem|entom|textil|mus|naut|mil|sport|biochem|geol|myc|anat|pharm)\.?$")

SOMEONE = r"(?:etw|jdn|jdm|jds|jd|sth|sb|so|sb\.['’]s|etwas|jemanden|jemandem|jemandes|jemand|something|somebody|someone|oneself|yourself|one['’]s|your)"
PLACEHOLDER = re.compile(rf"(?<!\w)(?:{SOMEONE})(?:\.|\b)(?:/{SOMEONE}\.?)*(?:['’]s)?(?!\w)")
# Of finite forms: `er/sie schnallt los`.
PRONOUN = re.compile(r"^(?:ich|du|er|sie|es|wir|ihr|man|sich) (?=[\w-]+(?: \w{2,6})?$)")


@dataclass(frozen=True)
class Candidate:
    text: str
    cost: float


@dataclass(frozen=True)
class Entry:
    """Synonyms of one form and what they are in English."""

    german: tuple[str, ...]
    english: tuple[Candidate, ...]
    grammar: str  # of the form: m, f, n, pl, adj, adv, v; empty if it is not said
    headword: bool
    verb: bool  # whether the headword is a verb


def outside(text: str, sign: str) -> list[str]:
    """The parts between signs that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == sign and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def plain(form: str) -> str:
    form = ALTERNATIVE.sub(r"\1", REMARKS.sub(" ", form))
    return " ".join(form.replace("’", "'").split()).strip(" ,.!?")


def cost(form: str) -> float:
    tags = TAG.findall(form)
    return sum(COSTS.get(tag, FIELD if FIELDS.match(tag) else 0.0) for tag in tags)


def english(form: str, commas: bool) -> list[Candidate]:
    """The candidates that a synonym stands for, which commas may set off; none if it is unfit."""
    if any(UNFIT.search(tag) for tag in TAG.findall(form)):
        return []
    lost = cost(form)
    found = []
    form = REMARKS.sub(" ", form)
    for text in outside(form, ",") if commas else [form]:
        text = plain(re.sub(r"\.\.\.|…", "\0", text))
        text = re.sub(r"^to (?=\w)", "", text)
        text = re.sub(r"^(?:I|he|she|it|we|you|they) (?=[\w-]+$)", "", text)
        text = " ".join(PLACEHOLDER.sub(" ", text).split()).strip(" '")
        text = re.sub(r"^(?:be|become) (?=\w+ed$)", "", text)
        if re.search(r"[\0{}\[\]()+=;:/<>|\d]", text) or not 2 <= len(text) <= 40 or COARSE.search(text):
            continue
        found.append(Candidate(text, lost + 0.1 * len(found)))
    return found


def lines(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The German and the English forms of each line, not always as many."""
    for line in path.read_text(encoding="utf-8").splitlines():
        german, separator, english_side = line.partition(" :: ")
        if separator and not line.startswith("#"):
            yield german.split(" | "), english_side.split(" | ")


def entries(path: Path) -> Iterator[Entry]:
    for german_forms, english_forms in lines(path):
        if len(german_forms) != len(english_forms):
            german_forms, english_forms = german_forms[:1], english_forms[:1]
        heads = GRAMMAR.findall(german_forms[0])
        verb = any(head.startswith("v") for head in heads)
        for number, (source, target) in enumerate(zip(german_forms, english_forms)):
            grammar = GRAMMAR.findall(source)
            sources = [PRONOUN.sub("", plain(form)) for form in outside(source, ";")]
            found: dict[str, Candidate] = {}
            single = any(" " not in form for form in sources)
            for order, form in enumerate(outside(target, ";")):
                for candidate in english(form, commas=single):
                    text = candidate.text
                    found.setdefault(text, Candidate(text, candidate.cost + 0.12 * min(order, 4)))
            sources = [form for form in dict.fromkeys(sources) if form and not re.search(r"\.\.\.|…|[\d()\[\]{}<>|+=:;/]", form)]
            if sources and found:
                kind = grammar[0] if grammar else ("v" if verb and number == 0 else "")
                kind = "v" if kind.startswith("v") else kind
                yield Entry(tuple(sources), tuple(found.values()), kind, number == 0, verb)
