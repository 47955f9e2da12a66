#!/usr/bin/env python3
"""Summaries that models write, beside the extracted ones, as a table; and the first ten of each, to be read.

    cargo build --release --bins
    python3 benches/written.py docs-de-en.jsonl gemma-3-270m-q4_k_m.gguf SmolLM2-135M-Instruct.Q4_1.gguf > written.md

The file has an article on each line: {"text": ..., "summary": reference in English}; the first 50 are taken. ROUGE is that of
`degist eval --summaries`. Flagged: sentences of 100 that the model wrote though numbers, names, quotations or most words of
them are not in the text; sentences of the text take their place. Without a draft: articles whose summary is extracted, since the model
wrote nothing, repeated itself or did not write English, twice. Time is that of the CPU, start-up included.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("articles", type=pathlib.Path)
parser.add_argument("models", nargs="*")
parser.add_argument("--count", type=int, default=50)
parser.add_argument("--sentences", default="2")
parser.add_argument("--threads", default=None)
parser.add_argument(
    "--programs", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / "target/release"
)
options = parser.parse_args()
programs = options.programs
threads = ["--threads", options.threads] if options.threads else []

articles = [json.loads(line) for line in open(options.articles)][: options.count]
folder = pathlib.Path(tempfile.mkdtemp())


def lines(name, records):
    path = folder / name
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


source = lines("source.jsonl", ({"text": article["text"]} for article in articles))
gold = lines("gold.jsonl", ({"gold": article["summary"]} for article in articles))


def summarize(*arguments):
    command = [programs / "summarize", "--jsonl", "--sentences", options.sentences, *threads, *arguments]
    begin = sum(os.times()[2:4])
    run = subprocess.run(command, stdin=open(source), check=True, capture_output=True, text=True)
    seconds = (sum(os.times()[2:4]) - begin) / len(articles)
    flagged = [tuple(map(int, found)) for found in re.findall(r"(\d+) of (\d+) sentences of the summary", run.stderr)]
    without = run.stderr.count(", twice: ")
    return [json.loads(line).get("summary", "") for line in run.stdout.splitlines()], seconds, flagged, without


def row(name, summaries, seconds, flagged, without):
    answers = lines("answers.jsonl", ({"summary": summary} for summary in summaries))
    command = [programs / "degist", "eval", f"{gold}#gold", "--system", f"{answers}#summary", "--summaries"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rouge = " | ".join(f"{float(line.split()[1]):.1f}" for line in printed.splitlines())
    words = sum(len(summary.split()) for summary in summaries) / len(summaries)
    sentences = sum(len(re.findall(r"[.!?](?:\s|$)", summary)) or 1 for summary in summaries)
    share = 100 * sum(doubtful for doubtful, _ in flagged) / max(sentences, 1)
    print(f"| {name} | {words:.0f} | {rouge} | {share:.0f} | {without} | {seconds:.2f} |", flush=True)
    return summaries


print("| summary | words | ROUGE-1 | ROUGE-2 | ROUGE-L | flagged for 100 sentences | without a draft | CPU s an article |")
print("|---|--:|--:|--:|--:|--:|--:|--:|")
all_summaries = [("extracted", row("extracted", *summarize()))]
for model in options.models:
    name = pathlib.Path(model).name
    all_summaries.append((name, row(name, *summarize("--summary-model", model))))
for i, article in enumerate(articles[:10]):
    print(f"\n{i + 1}. {article['summary']}")
    for title, summaries in all_summaries:
        print(f"   - {title}: {summaries[i]}")
