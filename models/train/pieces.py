"""Pieces of both vocabularies, hints from the lexicon, and which words translate each other.

Ids of the source side: source pieces; source size + id: a target piece of a hint; then the separator in front of each candidate.
"""

import lzma
import math
import random
import re
from pathlib import Path

import sentencepiece

from placeholders import SIGNS

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
MOST = 1000  # words seen more often have no hints
OFTEN = 30_000  # and those no alignment
USUAL = 150  # the most frequent words: never any hints
ANY = 0.03  # of the words have hints however frequent they are, as terms of a glossary will
FUNCTION = set(
    "a an and as at be been by for from get has have in into is it make of off on one or out sb sth so that the to up with".split()
)

# One form of punctuation on both sides; the pieces have no other.
PLAIN = str.maketrans(
    dict.fromkeys("“”„»«‟\x84\x93\x94", '"')
    | dict.fromkeys("‘’‚›‹´`\x92", "'")
    | dict.fromkeys("—\x96", "–")
    | dict.fromkeys("\u00a0\u202f\u2009", " ")
    | dict.fromkeys(["\u00ad", "\u200b", "\u200d", "\ufe0f", *SIGNS])
    | {"−": "-"}
)


def stem(word: str) -> str:
    return word.lower()[:5]


def core(chunk: str) -> str:
    return chunk.strip(".,;:!?\"'()–-")


class Pieces:
    """Vocabularies and lexicon, with what was looked up before."""

    def __init__(self, model: Path, lexicon: Path | None):
        self.source = sentencepiece.SentencePieceProcessor(str(model / "source.spm"))
        self.target = sentencepiece.SentencePieceProcessor(str(model / "target.spm"))
        self.hint = self.source.get_piece_size()
        self.separator = self.hint + self.target.get_piece_size()
        self.lexicon: dict[str, tuple[int, list[str]]] = {}
        if lexicon:
            opened = lzma.open if lexicon.suffix == ".xz" else open
            with opened(lexicon, "rt", encoding="utf-8") as lines:
                for line in lines:
                    form, frequency, candidates = line.rstrip("\n").split("\t")
                    # A word without candidates stands for itself. Phrases and parts of compounds are not looked up here.
                    if WORD.fullmatch(form):
                        self.lexicon[form] = int(frequency), candidates.split("|") if candidates else [form]
        frequencies = sorted({(f, form.lower()) for form, (f, _) in self.lexicon.items()}, reverse=True)
        self.usual = {form for _, form in frequencies[:USUAL]}
        all_pieces = [self.source.id_to_piece(piece) for piece in range(self.hint)]
        self.marks = {i for i, piece in enumerate(all_pieces) if not any(letter.isalnum() for letter in piece)}
        self.signs = {self.source.piece_to_id(sign): sign for sign in SIGNS}
        self.source_chunks: dict[str, tuple] = {}
        self.target_chunks: dict[str, tuple] = {}
        self.words: dict[str, tuple] = {}

    def source_chunk(self, text: str):
        """Of what stands between spaces: pieces, the same as in the whole sentence; words; where each stands, if not first."""
        found = self.source_chunks.get(text)
        if found is None:
            pieces = self.source.encode(text)
            # A word stands where its letters begin, behind a quotation mark.
            begin = next((i for i, piece in enumerate(pieces) if piece not in self.marks), 0)
            places = [({self.signs[piece]}, i) for i, piece in enumerate(pieces) if piece in self.signs]
            if any(letter.isdigit() for letter in text):
                places.append(({stem(core(text))}, begin))
            found = self.source_chunks[text] = pieces, begin, WORD.findall(text), places
        return found

    def target_chunk(self, text: str):
        """Of what stands between spaces: pieces, and for each the stem that a source word must have to be its source."""
        found = self.target_chunks.get(text)
        if found is None:
            pieces, word = self.target.encode(text), core(text)
            key = stem(word) if word and word.lower() not in FUNCTION else None
            # Marks behind the word are not its translation.
            last = len(pieces) - (text[-1] != word[-1:] and len(pieces) > 1)
            keys = [key] * last + [None] * (len(pieces) - last)
            if any(sign in text for sign in SIGNS):
                keys = self.target.id_to_piece(pieces)
            found = self.target_chunks[text] = pieces, keys
        return found

    def word(self, word: str) -> tuple[int, list[int], set[str], list[str]]:
        """Its band, the tokens of its hints, stems of what may translate it, and that as words."""
        found = self.words.get(word)
        if found is None:
            frequency, candidates = self.lexicon.get(word, (0, []))
            usual = word.lower() in self.usual or len(word) < 2 or len(word) < 3 and not word.isupper()
            tokens = []
            if not usual:
                for candidate in candidates:
                    tokens.append(self.separator)
                    tokens += [self.hint + piece for piece in self.target.encode(candidate)]
            english = {part for candidate in candidates for part in WORD.findall(candidate)} - FUNCTION
            stems = {stem(part) for part in english if len(part) > 2} if frequency < OFTEN and not usual else set()
            if len(word) > 3 or word[:1].isupper():
                stems.add(stem(word))
            band = 1 + int(2 * math.log10(frequency + 1))
            found = band, tokens, stems, [part for part in candidates if " " not in part and not usual]
            self.words[word] = found
        return found

    def anchors(self, german: str, english: str) -> list[tuple[str, str]]:
        """Words of a pair that translate each other, as far as the lexicon knows."""
        there = {word.lower(): word for word in WORD.findall(english)}
        return [
            (word, there[candidate.lower()])
            for word in WORD.findall(german)
            for candidate in self.word(word)[3]
            if candidate.lower() in there
        ]

    def row(self, german: str, rng: random.Random | None = None, most: int = MOST):
        """A source row with all hints below a frequency: tokens, bands, stems of each word with its place."""
        tokens, bands, places = [], [], []
        limit = 1 + round(2 * math.log10(most)) if most else 0
        for chunk in german.split():
            begin = len(tokens)
            pieces, first, words, found = self.source_chunk(chunk)
            tokens += pieces
            bands += [0] * len(pieces)
            places += [(stems, begin + place) for stems, place in found]
            for word in words:
                band, hints, stems, _ = self.word(word)
                places.append((stems, begin + first))
                if rng and rng.random() < ANY:
                    band = 1
                if band < limit:
                    tokens += hints
                    bands += [band] * len(hints)
        return tokens, bands, places

    def aligned(self, english: str, places: list, length: int) -> tuple[list[int], list[int]]:
        """Target tokens, and the place in the source of the word that each translates."""
        by_stem: dict[str, list[int]] = {}
        for stems, place in places:
            for each in stems:
                by_stem.setdefault(each, []).append(place)
        tokens, aligned = [], []
        chunks = english.split()
        for number, chunk in enumerate(chunks):
            pieces, keys = self.target_chunk(chunk)
            tokens += pieces
            expected = number / len(chunks) * length
            for key in keys:
                found = by_stem.get(key)
                if found is None:
                    aligned.append(-1)
                elif len(found) == 1:
                    aligned.append(found[0])
                else:
                    aligned.append(min(found, key=lambda place: abs(place - expected)))
        return tokens, aligned
