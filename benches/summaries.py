#!/usr/bin/env python3
"""Summaries of sets of articles by every method, beside sumy's, as tables.

    cargo build --release --bins --example choose
    python3 benches/summaries.py docs-de-en.jsonl --english scitldr-en.jsonl

Each file has an article on each line: {"text": ..., "summary": reference in English}. German articles are summarised as
`summarize` does it; sumy is given their translation. Of English ones degist only chooses sentences (examples/choose.rs).
Installs sumy into target/peers.

ROUGE is that of `degist eval --summaries`. Overlapping: the share of a summary's sentences that have at least half of their
words of four letters and more in common with the reference. Time is for the whole file, start-up included, on all cores;
sumy's is without the translation that it needs first.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import venv

root = pathlib.Path(__file__).resolve().parent.parent
programs = root / "target/release"
peers = root / "target/peers"

METHODS = ("centroid", "lexrank", "textrank", "states", "lead")
SUMY_METHODS = ("LexRank", "TextRank", "LSA", "Luhn")
# Words of the summaries that are compared with and without --trim.
WORDS = "40"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("articles", type=pathlib.Path, nargs="*", help="German articles")
parser.add_argument("--english", type=pathlib.Path, action="append", default=[], help="English articles")
options = parser.parse_args()

python = peers / "bin/python"
try:
    subprocess.run([python, "-c", "import sumy, numpy"], check=True, capture_output=True)
except (OSError, subprocess.CalledProcessError):
    if not python.exists():
        venv.create(peers, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "sumy==0.11.0", "numpy"], check=True)

# sumy's own sentence splitter wants a download; the sentences here are split already, one on a line.
SUMY = """
import json, sys
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.summarizers import lex_rank, text_rank, lsa, luhn
from sumy.nlp.stemmers import null_stemmer
import re, time
class Words:
    def to_words(self, text): return tuple(re.findall(r"[A-Za-z']+", text))
    def to_sentences(self, text): return (text,)
method = {"LexRank": lex_rank.LexRankSummarizer, "TextRank": text_rank.TextRankSummarizer,
          "LSA": lsa.LsaSummarizer, "Luhn": luhn.LuhnSummarizer}[sys.argv[1]]()
begin = time.monotonic()
for line in sys.stdin:
    record = json.loads(line)
    sentences = [Sentence(text, Words()) for text in record["sentences"] if text.strip()]
    document = ObjectDocumentModel([Paragraph(sentences)])
    try:
        chosen = method(document, int(sys.argv[2]))
    except Exception:
        chosen = sentences[:int(sys.argv[2])]
    record["summary"] = " ".join(map(str, chosen))
    print(json.dumps(record))
print(time.monotonic() - begin, file=sys.stderr)
"""


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records)


def sentences_of(text):
    return [sentence for sentence in re.split(r"(?<=[.!?]) +|\n+", text) if sentence.strip()]


def long_words(text):
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) >= 4}


class Set:
    """The articles of a file, and the rows of its table."""

    def __init__(self, path, folder):
        articles = [json.loads(line) for line in open(path)]
        self.folder = folder
        self.count = len(articles)
        self.references = [article["summary"] for article in articles]
        self.gold = folder / "gold.jsonl"
        self.gold.write_text(lines({"gold": reference} for reference in self.references))
        self.source = folder / "source.jsonl"
        self.source.write_text(lines({"text": article["text"]} for article in articles))
        self.texts = [article["text"] for article in articles]

    def run(self, *command):
        begin = time.monotonic()
        run = subprocess.run(command, stdin=open(self.source), check=True, capture_output=True, text=True)
        seconds = time.monotonic() - begin
        return [json.loads(line) for line in run.stdout.splitlines()], seconds

    def rouge(self, summaries):
        out = self.folder / "answers.jsonl"
        out.write_text(lines({"summary": summary} for summary in summaries))
        printed = subprocess.run(
            [programs / "degist", "eval", f"{self.gold}#gold", "--system", f"{out}#summary", "--summaries"],
            check=True, capture_output=True, text=True,
        ).stdout
        return [float(line.split()[1]) for line in printed.splitlines()]

    def overlapping(self, summaries):
        shares = []
        for summary, reference in zip(summaries, self.references):
            reference = long_words(reference)
            for sentence in sentences_of(summary):
                words = long_words(sentence)
                shares.append(bool(words) and 2 * len(words & reference) >= len(words))
        return 100 * sum(shares) / max(len(shares), 1)

    def row(self, system, length, summaries, seconds):
        words = sum(len(summary.split()) for summary in summaries) / self.count
        scores = " | ".join(f"{score:.1f}" for score in self.rouge(summaries))
        overlapping, each = self.overlapping(summaries), 1000 * seconds / self.count
        print(f"| {system} | {length} | {words:.0f} | {scores} | {overlapping:.0f} | {each:.1f} |", flush=True)

    def head(self):
        print("| method | asked for | words | ROUGE-1 | ROUGE-2 | ROUGE-L | overlapping, % | ms an article |")
        print("|---|---|--:|--:|--:|--:|--:|--:|")

    def sumy(self, texts, count):
        sentences = lines({"sentences": sentences_of(text)} for text in texts)
        for method in SUMY_METHODS:
            run = subprocess.run(
                [python, "-c", SUMY, method, str(count)], input=sentences, capture_output=True, text=True
            )
            if run.returncode:
                sys.exit(run.stderr)
            summaries = [json.loads(line)["summary"] for line in run.stdout.splitlines()]
            self.row(f"sumy {method}", sentences_asked(count), summaries, float(run.stderr.split()[-1]))


def sentences_asked(count):
    return "1 sentence" if count == 1 else f"{count} sentences"


def german(articles):
    def summarize(name, length, *arguments):
        answers, seconds = articles.run(programs / "summarize", "--jsonl", *arguments)
        articles.row(f"degist {name}", length, [answer.get("summary", "") for answer in answers], seconds)

    translated, seconds = articles.run(programs / "translate", "--jsonl", "--beam", "4")
    print(f"{articles.count} German articles; translating them takes {1000 * seconds / articles.count:.1f} ms each\n")
    articles.head()
    for count in (1, 3):
        for method in METHODS:
            summarize(method, sentences_asked(count), "--method", method, "--sentences", str(count))
        articles.sumy([record["translation"] for record in translated], count)
    for method in METHODS:
        for trim in ([], ["--trim"]):
            name = " ".join([method, *trim])
            summarize(name, f"{WORDS} words", "--method", method, "--words", WORDS, *trim)


def english(articles):
    print(f"{articles.count} English articles; sentences are chosen, nothing is translated\n")
    articles.head()
    for count in (1, 3):
        for method in METHODS:
            answers, seconds = articles.run(programs / "examples/choose", method, str(count))
            summaries = [answer["summary"] for answer in answers]
            articles.row(f"degist {method}", sentences_asked(count), summaries, seconds)
        articles.sumy(articles.texts, count)


sets = [(german, path) for path in options.articles] + [(english, path) for path in options.english]
for table, path in sets:
    with tempfile.TemporaryDirectory() as folder:
        table(Set(path, pathlib.Path(folder)))
    print()
