#!/usr/bin/env python3
"""Writes the cases of tests/it/eval.rs, one JSON file each, with sacreBLEU's tokens and scores, and those of rouge-score.

    pip install sacrebleu==2.6.0 rouge-score==0.1.2
    python3 tests/eval/make_fixtures.py               # all cases but the corpus
    python3 tests/eval/make_fixtures.py wmt18.en      # the corpus too, from WMT 2018's English side
"""

import json
import random
import sys
from pathlib import Path

import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

FOLDER = Path(__file__).parent
CORPUS_LINES = 100

# Case -> pairs of (hypothesis, reference).
CASES = {
    "identical": [
        ("The quick brown fox jumps over the lazy dog.",) * 2,
        ("It was 5 o'clock, and nobody had come.",) * 2,
    ],
    "empty_hypotheses": [
        ("", "A sentence that was not translated at all."),
        ("The second one is there.", "The second one is here."),
        ("   ", "Only blanks stand against this."),
        ("Both have four words.", "Both have some more words."),
    ],
    "all_empty": [("", "Nothing came back."), ("", "Nor here.")],
    "empty_references": [
        ("A hypothesis against nothing.", ""),
        ("", ""),
        ("The reference is here again.", "The reference is here once more."),
    ],
    "no_overlap": [
        ("aaa bbb ccc ddd eee", "vvv www xxx yyy zzz"),
        ("1 2 3 4 5", "six seven eight nine ten"),
    ],
    # No 4-gram at all: BLEU is 0 whatever the smoothing.
    "short": [("Yes.", "Yes."), ("No", "No!"), ("a", "a"), ("I am", "I was"), ("?", "?")],
    # 3-grams and 4-grams without a match: exponential smoothing at work, twice.
    "smoothed": [
        ("the cat is on a mat today", "the cat sat upon the mat"),
        ("he went home by bus", "by bus he travelled home"),
    ],
    # The clipped count of "the" is 2 of 7.
    "clipped": [("the the the the the the the", "the cat is on the mat")],
    # Shifts of words, near and far, long and several.
    "shifts": [
        ("in the garden the cat sat quietly", "the cat sat quietly in the garden"),
        ("b c d e f g h i j k l m a", "a b c d e f g h i j k l m"),
        ("x y one two three a b one two c", "one two three x y c one two a b"),
        ("yesterday he has the book on the table of the house put", "he put the book on the table of the house yesterday"),
        (" ".join(f"w{i}" for i in range(40, 0, -1)), " ".join(f"w{i}" for i in range(1, 41))),
        ("a " * 60 + "end", "end " + "a " * 30),
        ("one two", " ".join(f"v{i}" for i in range(120))),
    ],
    # The first reference is too short for most orders.
    "uneven_lengths": [
        ("a much longer hypothesis than reference", "ab"),
        ("ab", "a much longer reference than hypothesis"),
        ("x y", "x y z"),
    ],
    "numbers": [
        ("It cost 1,000.5 euros.", "It cost 1.000,5 euros."),
        ("Between 3-4 and 20-year-old, .5 or 5. or ,5", "Between 3 - 4 and 20-year-old, 0.5 or 5 . or , 5"),
        ("On 12.5.2018, at 10:30, 1/2 of 100% (ca. $3.50)", "On 12/5/2018 at 10.30, 1/2 of 100 % (about $3,50)"),
        ("-5 - 5 a-5 5-a 5--5 1,a a,1 1.,2", "-5 -5 a - 5 5 - a 5 - - 5 1, a a ,1 1.2"),
        ("Version 2.0... was better than 1..9", "Version 2.0 ... was better than 1...9"),
        # Digits to Unicode, but not to 13a.
        ("٣,٤ and ３.5 and 5,５ and ５-4 and ²,³", "٣ , ٤ and ３ . 5 and 5 , ５ and ５ - 4 and ²,³"),
    ],
    "punctuation": [
        ("I don't, you can't; we won't!", "I do n't, you cannot; we will not!"),
        ("The U.S. and the U.K., e.g. Mr. Smith.", "The US and the U.K. , e.g., Mr Smith ."),
        ("Wait.... what?!? -- Yes, -- no.", "Wait ... what ? ! ? — Yes – no"),
        ("well-known, state-of-the-art end-to-end", "well known state-of-the art end-to end-"),
        ("[a] {b} (c) <d> ~e~ `f` ^g^ _h_ |i| \\j\\ #k @l *m* +n= o&p", "a {b} ( c ) <d> e `f g h_ i j k @ l m + n = o & p"),
        ("(hi) (hi). 'hi' \"hi\" hi) (", "(hi ) hi. 'hi' \" hi \" hi ("),
        (".a, ,b. .. ,, ., ,.", ". a , , b . . . , , . , , ."),
        ("rock'n'roll '90s dogs' tails", "rock ' n ' roll ' 90s dogs ' tails"),
        ("mail a.b@example.com or http://x.org/a-b?c=d", "mail a . b@example.com or http : // x.org/a-b ? c = d"),
    ],
    "markup": [
        ("He said &quot;no&quot; &amp; left.", 'He said "no" & left.'),
        ("&lt;b&gt; and &amp;lt; and &amp;amp;quot; &apos;", "<b> and &lt; and &quot; '"),
        ("a <skipped> b<skipped>c", "a b c"),
        ("<skip<skipped>ped> &am&amp;p;", "<skipped> &"),
    ],
    "whitespace": [
        ("  two  blanks\tand a tab ", "two blanks and a tab"),
        ("a hy-\nphen and a\nline break", "a hyphen and a line break"),
        ("ends in a hyphen-\n", "ends in a hyphen-"),
        ("no\u00a0break and\u202fnarrow and\u3000wide", "no break and narrow and wide"),
        ("zero\u200bwidth \ufeffmark so\u00adft", "zerowidth mark soft"),
        ("unit\x1fseparator\x1cfile \x85 next\u2028line", "unit separator file next line"),
        ("carriage\r\nreturn,\r\n5\n,6", "carriage return, 5,6"),
    ],
    "unicode": [
        ("„Guten Tag“, sagte ‚er‘ – “hello” it’s ‘me’…", "\"Guten Tag\", sagte 'er' - \"hello\" it's 'me'..."),
        ("我喜欢机器翻译。今天,天气3.5度", "我喜欢机器翻译，今天,天气 3.5 度。"),
        ("日本語のテスト。 한국어 시험.", "日本語テスト。 한국어의 시험."),
        ("Nice 👍🏽 family 👨‍👩‍👧‍👦, flag 🇩🇪!", "Nice 👍 family 👨‍👩‍👧, flag 🇩🇪 !"),
        ("cafe\u0301 Straße STRASSE ﬁx", "café Strasse Straße fix"),
        ("¿Qué? «oui» 5€ £5,50 §3.2 90° ±1", "Que? \"oui\" 5 € £ 5.50 § 3.2 90 ° ± 1"),
    ],
}


def perturbed(line: str, chance: random.Random) -> str:
    """The line with words dropped, swapped, doubled or lowercased; sometimes with nothing left."""
    if chance.random() < 0.03:
        return ""
    words = [word for word in line.split(" ") if chance.random() > 0.08]
    for index in range(len(words) - 1):
        if chance.random() < 0.06:
            words[index], words[index + 1] = words[index + 1], words[index]
    words = [word.lower() if chance.random() < 0.05 else word for word in words]
    words = [again for word in words for again in [word] * (1 + (chance.random() < 0.03))]
    return " ".join(words)


def scored(pairs: list[tuple[str, str]]) -> dict:
    hypotheses, references = map(list, zip(*pairs))
    bleu = sacrebleu.BLEU()
    chrf = sacrebleu.CHRF()
    chrf_plus_plus = sacrebleu.CHRF(word_order=2)
    ter = sacrebleu.TER()
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL"])
    return {
        "bleu": bleu.corpus_score(hypotheses, [references]).score,
        "chrf": chrf.corpus_score(hypotheses, [references]).score,
        "chrf_plus_plus": chrf_plus_plus.corpus_score(hypotheses, [references]).score,
        "ter": ter.corpus_score(hypotheses, [references]).score,
        "segments": [
            {
                "hypothesis": hypothesis,
                "reference": reference,
                # As BLEU sees it: without whitespace at the end, then tokenized.
                "hypothesis_13a": bleu._preprocess_segment(hypothesis),
                "reference_13a": bleu._preprocess_segment(reference),
                "chrf": chrf.sentence_score(hypothesis, [reference]).score,
                "chrf_plus_plus": chrf_plus_plus.sentence_score(hypothesis, [reference]).score,
                "ter": ter.sentence_score(hypothesis, [reference]).score,
                "rouge": [score.fmeasure for score in rouge.score(reference, hypothesis).values()],
            }
            for hypothesis, reference in pairs
        ],
    }


def write(case: str, pairs: list[tuple[str, str]]) -> None:
    text = json.dumps(scored(pairs), ensure_ascii=False, indent=1)
    (FOLDER / f"{case}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    for case, pairs in CASES.items():
        write(case, pairs)
    if len(sys.argv) > 1:
        lines = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")[:CORPUS_LINES]
        chance = random.Random(2018)
        write("corpus", [(perturbed(line, chance), line) for line in lines])


if __name__ == "__main__":
    main()
