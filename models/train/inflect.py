"""Which form of a lemma a German word is, and the like form of its English."""

import re
from collections import Counter, defaultdict

PREFIXES = (
    "ab an auf aus bei bereit da dar davon durch ein einher empor entgegen entlang entzwei fehl fern fest fort frei gegenüber gleich heim "
    "her herab heran herauf heraus herbei herein herum herunter hervor hin hinab hinauf hinaus hinein hinunter hinweg hinzu hoch kennen los "
    "mit nach nahe nieder preis statt teil über um unter vor voran voraus vorbei vorüber wahr weg weiter wieder zu zurecht zurück zusammen zuvor"
).split()

IRREGULAR_NOUNS = {
    "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "goose": "geese", "mouse": "mice",
    "person": "people", "ox": "oxen", "louse": "lice", "sheep": "sheep", "deer": "deer", "fish": "fish", "series": "series",
    "species": "species", "wife": "wives", "life": "lives", "knife": "knives", "leaf": "leaves", "half": "halves", "wolf": "wolves",
    "thief": "thieves", "shelf": "shelves", "calf": "calves", "loaf": "loaves", "crisis": "crises", "analysis": "analyses",
    "basis": "bases", "thesis": "theses", "criterion": "criteria", "phenomenon": "phenomena", "information": "information",
    "equipment": "equipment", "furniture": "furniture", "advice": "advice", "news": "news", "damage": "damage", "work": "work",
}  # fmt: skip
# Base, past, participle.
IRREGULAR_VERBS = {
    base: (past, participle)
    for base, past, participle in (
        verb.split()
        for verb in (
            "arise arose arisen;bear bore borne;beat beat beaten;become became become;begin began begun;bend bent bent;bet bet bet;bind bound bound;"
            "bite bit bitten;bleed bled bled;blow blew blown;break broke broken;breed bred bred;bring brought brought;build built built;buy bought bought;"
            "catch caught caught;choose chose chosen;cling clung clung;come came come;cost cost cost;creep crept crept;cut cut cut;deal dealt dealt;"
            "dig dug dug;do did done;draw drew drawn;drink drank drunk;drive drove driven;eat ate eaten;fall fell fallen;feed fed fed;feel felt felt;"
            "fight fought fought;find found found;flee fled fled;fling flung flung;fly flew flown;forbid forbade forbidden;forget forgot forgotten;"
            "forgive forgave forgiven;freeze froze frozen;get got got;give gave given;go went gone;grind ground ground;grow grew grown;hang hung hung;"
            "hear heard heard;hide hid hidden;hit hit hit;hold held held;hurt hurt hurt;keep kept kept;kneel knelt knelt;know knew known;lay laid laid;"
            "lead led led;leave left left;lend lent lent;let let let;lie lay lain;light lit lit;lose lost lost;make made made;mean meant meant;meet met met;"
            "overcome overcame overcome;overtake overtook overtaken;pay paid paid;put put put;quit quit quit;read read read;rid rid rid;ride rode ridden;"
            "ring rang rung;rise rose risen;run ran run;say said said;see saw seen;seek sought sought;sell sold sold;send sent sent;set set set;"
            "shake shook shaken;shed shed shed;shine shone shone;shoot shot shot;show showed shown;shrink shrank shrunk;shut shut shut;sing sang sung;"
            "sink sank sunk;sit sat sat;sleep slept slept;slide slid slid;speak spoke spoken;spend spent spent;spin spun spun;spit spat spat;split split split;"
            "spread spread spread;spring sprang sprung;stand stood stood;steal stole stolen;stick stuck stuck;sting stung stung;stink stank stunk;"
            "strike struck struck;strive strove striven;swear swore sworn;sweep swept swept;swell swelled swollen;swim swam swum;swing swung swung;"
            "take took taken;teach taught taught;tear tore torn;tell told told;think thought thought;throw threw thrown;thrust thrust thrust;"
            "undergo underwent undergone;understand understood understood;undertake undertook undertaken;upset upset upset;wake woke woken;wear wore worn;"
            "weave wove woven;weep wept wept;win won won;wind wound wound;withdraw withdrew withdrawn;withstand withstood withstood;wring wrung wrung;"
            "write wrote written"
        ).split(";")
    )
}
UNCOUNTED = re.compile(r"(?:ness|ship|hood|[^aeiou]ics|ware)$")


def german_form(form: str, lemma: str, plurals: set[str]) -> str:
    """Of a noun `plural` or nothing; of a verb `ing`, `participle`, `past`, `third` or nothing; of an adjective `comparative`,
    `superlative` or nothing. `plurals` are those that the dictionary gives for the lemma, if it is a noun."""
    if lemma[:1].isupper():
        if plurals:
            return "plural" if form in plurals or form[:-1] in plurals and form[-1] == "n" else ""
        return "plural" if form != lemma and not re.fullmatch(re.escape(lemma) + "e?s", form) else ""
    if lemma == "sein":
        return {"ist": "third", "gewesen": "participle"}.get(form, "past" if form.startswith(("wa", "wä")) else "")
    if re.search(r"(?:en|ern|eln)$", lemma):
        if re.search(r"end(?:e[mnrs]?)?$", form) and form != lemma:
            return "ing"
        prefix = next((p for p in PREFIXES if lemma.startswith(p) and form.startswith(p + "ge")), "")
        ending = re.search(r"(?:t|en)(?:e[mnrs]?)?$", form)
        if ending and (form.startswith("ge") and not lemma.startswith("ge") or prefix and not lemma.startswith(prefix + "ge")):
            return "participle"
        if form == lemma or re.search(r"zu\w+e?n$", form) and "zu" not in lemma:
            return ""
        if re.search(r"(?:te|test|ten|tet)$", form) and not re.search(r"t(?:e|en|et)$", lemma[:-2] + form[len(lemma) - 2 :][:2]):
            return "past"
        stem = re.sub(r"e?n$", "", lemma)
        if form in (stem, stem + "e", stem + "st", stem + "est"):
            return ""
        if form in (stem + "t", stem + "et") or re.search(r"[^s]t$", form):
            return "third"
        if form.endswith("st"):
            return ""
        return "past"
    if re.search(r"(?:st|ßt)e[mnrs]?$", form) and not re.search(r"(?:st|ßt)e?$", lemma):
        return "superlative"
    if re.search(r"ere[mnrs]?$", form) and not re.search(r"ere?$", lemma):
        return "comparative"
    return ""


class English:
    """Inflects English words, by what the dictionary says and by rule."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, Counter]] = defaultdict(lambda: defaultdict(Counter))

    def learn(self, kind: str, base: str, form: str) -> None:
        """`form` is in the dictionary as this form of `base`: the first words of verbs, the last ones of nouns."""
        pick = -1 if kind == "plural" else 0
        ending = {"ing": "ing", "third": "s"}.get(kind, "")
        if not form.split()[pick].endswith(ending) or kind in ("past", "participle") and form.split()[pick].endswith("ing"):
            return
        self.seen[kind][base.split()[pick]][form.split()[pick]] += 1

    def inflected(self, kind: str, text: str) -> str:
        if not kind:
            return text
        words = text.split()
        if kind == "plural":
            at = next((i - 1 for i, word in enumerate(words) if i and word in ("of", "for", "in", "to", "with", "from", "on")), -1)
            words[at] = self.plural(words[at])
        elif kind in ("comparative", "superlative"):
            return self.compared(kind, text)
        else:
            words[0] = self.verb(kind, words[0])
        return " ".join(words)

    def said(self, kind: str, text: str, form: str) -> str:
        """What a form of a German verb says: like `inflected`, but `be` has persons and numbers, and `not` has an auxiliary."""
        first, _, rest = text.partition(" ")
        if kind not in ("", "past", "third") or first not in ("be", "not"):
            return self.inflected(kind, text)
        if first == "not":
            return f"{ {'past': 'did', 'third': 'does'}.get(kind, 'do')} not {rest}"
        several = re.search(r"(?:en|[^i]st|bist|et|sind|seid)$", form)
        be = {"past": "were" if several else "was", "third": "is"}.get(kind) or ("are" if several else "am")
        return f"{be} {rest}"

    def plural(self, word: str) -> str:
        seen = self.seen["plural"].get(word)
        if seen:
            return seen.most_common(1)[0][0]
        if word.lower() in IRREGULAR_NOUNS:
            return IRREGULAR_NOUNS[word.lower()]
        if word.endswith("s") and not word.endswith("ss") or UNCOUNTED.search(word):
            return word
        if word.endswith("man") and len(word) > 4:
            return word[:-3] + "men"
        if re.search(r"(?:s|x|z|ch|sh)$", word):
            return word + "es"
        return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"

    def verb(self, kind: str, word: str) -> str:
        if word.endswith("ed") and len(word) > 5 and word not in ("proceed", "succeed", "exceed", "indeed"):
            return word
        if word == "be":
            return {"ing": "being", "participle": "been", "past": "was", "third": "is"}[kind]
        if word == "have":
            return {"ing": "having", "third": "has"}.get(kind, "had")
        if word in IRREGULAR_VERBS and kind in ("past", "participle"):
            return IRREGULAR_VERBS[word][kind == "participle"]
        seen = self.seen[kind].get(word)
        if seen and seen.most_common(1)[0][0] != word or seen and kind in ("past", "participle"):
            return seen.most_common(1)[0][0]
        short = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprt]", word)
        if kind == "third":
            if re.search(r"(?:s|x|z|ch|sh|o)$", word):
                return word + "es"
            return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"
        if kind == "ing":
            if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
                return word[:-1] + "ing"
            return word + word[-1] + "ing" if short else word + "ing"
        if word.endswith("e"):
            return word + "d"
        if re.search(r"[^aeiou]y$", word):
            return word[:-1] + "ied"
        return word + word[-1] + "ed" if short else word + "ed"

    def compared(self, kind: str, text: str) -> str:
        short, long = ("er", "more") if kind == "comparative" else ("est", "most")
        irregular = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest")}
        if text in irregular:
            return irregular[text][kind == "superlative"]
        if " " in text or "-" in text or len(re.findall(r"[aeiouy]+", text.removesuffix("e"))) > 1 + text.endswith("y"):
            return f"{long} {text}"
        if text.endswith("e"):
            return text + short[1:]
        if re.search(r"[^aeiou]y$", text):
            return text[:-1] + "i" + short
        return text + text[-1] + short if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnpt]", text) else text + short
