#!/usr/bin/env python3
"""Summaries of a set of articles by every method, beside sumy's on the translated text, as a table.

    cargo build --release && python3 benches/summaries.py docs-de-en.jsonl [--reference summary]

The file has an article on each line: {"text": German, "summary": English}. Installs sumy into target/peers.
ROUGE is that of `degist eval --summaries`. Time is for the whole file, start-up included, on all cores; sumy's is without
the translation that it needs first.
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

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("articles", type=pathlib.Path)
parser.add_argument("--reference", default="summary", help="the field with the reference")
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


def rouge(folder, gold, answers):
    out = folder / "answers.jsonl"
    out.write_text("".join(json.dumps({"summary": answer}) + "\n" for answer in answers))
    printed = subprocess.run(
        [programs / "degist", "eval", f"{gold}#gold", "--system", f"{out}#summary", "--summaries"],
        check=True, capture_output=True, text=True,
    ).stdout
    return [float(line.split()[1]) for line in printed.splitlines()]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    articles = [json.loads(line) for line in open(options.articles)]
    gold = folder / "gold.jsonl"
    gold.write_text("".join(json.dumps({"gold": article[options.reference]}) + "\n" for article in articles))
    source = folder / "source.jsonl"
    source.write_text("".join(json.dumps({"text": article["text"]}) + "\n" for article in articles))

    def degist(program, *arguments):
        begin = time.monotonic()
        run = subprocess.run(
            [programs / program, "--jsonl", *arguments], stdin=open(source), check=True, capture_output=True, text=True
        )
        seconds = time.monotonic() - begin
        return [json.loads(line) for line in run.stdout.splitlines()], seconds

    translated, seconds = degist("translate", "--beam", "4")
    sentences = "".join(
        json.dumps({"sentences": re.split(r"(?<=[.!?]) +|\n+", record["translation"])}) + "\n" for record in translated
    )
    print(f"{len(articles)} articles; translating them takes {1000 * seconds / len(articles):.1f} ms each\n")
    print("| method | k | ROUGE-1 | ROUGE-2 | ROUGE-L | ms an article |\n|---|--:|--:|--:|--:|--:|")
    for k in (1, 3):
        for method in ("centroid", "lexrank", "textrank", "states", "lead"):
            try:
                answers, seconds = degist("summarize", "--method", method, "--sentences", str(k))
            except subprocess.CalledProcessError:
                continue
            scores = rouge(folder, gold, [answer.get("summary", "") for answer in answers])
            row = " | ".join(f"{score:.1f}" for score in scores)
            print(f"| degist {method} | {k} | {row} | {1000 * seconds / len(articles):.1f} |", flush=True)
        for method in ("LexRank", "TextRank", "LSA", "Luhn"):
            run = subprocess.run(
                [python, "-c", SUMY, method, str(k)], input=sentences, capture_output=True, text=True
            )
            if run.returncode:
                sys.exit(run.stderr)
            scores = rouge(folder, gold, [json.loads(line)["summary"] for line in run.stdout.splitlines()])
            row = " | ".join(f"{score:.1f}" for score in scores)
            seconds = float(run.stderr.split()[-1])
            print(f"| sumy {method} | {k} | {row} | {1000 * seconds / len(articles):.1f} |", flush=True)
