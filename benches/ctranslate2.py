#!/usr/bin/env python3
"""degist beside CTranslate2 in 8 bits: a Marian transformer of opus-mt-de-en's size (6 + 6 layers, width 512, 58,101 pieces) with
random weights, the same sources, the same number of target tokens for each, the same cores, in alternation.

    cargo build --release --example decode && python3 benches/ctranslate2.py

Installs CTranslate2 and transformers into target/ctranslate2, makes the model there, and prints a table in Markdown:
target tokens/s as medians, and the ratio. Needs Linux (taskset) and some 3 GB of disk.
"""

import argparse
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "target" / "ctranslate2"
PYTHON = PLACE / "bin" / "python"
PACKAGES = ["ctranslate2==4.8.5", "transformers==5.23.0", "torch==2.15.0", "sentencepiece==0.2.3"]
DEGIST = ROOT / "target" / "release" / "examples" / "decode"
MODEL, CONVERTED, IDS = PLACE / "model", PLACE / "int8", PLACE / "ids.jsonl"
SIZE, TOKENS, SOURCES = 58_101, 40, 64

CONVERT = """
import ctranslate2, sys
ctranslate2.converters.TransformersConverter(sys.argv[1]).convert(sys.argv[2], quantization="int8", force=True)
"""

MAKE = """
import json, pathlib, sys, torch
from transformers import GenerationConfig, MarianConfig, MarianMTModel
path, size, tokens = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(1)
config = MarianConfig(vocab_size=size, d_model=512, encoder_layers=6, decoder_layers=6, encoder_ffn_dim=2048,
    decoder_ffn_dim=2048, encoder_attention_heads=8, decoder_attention_heads=8, activation_function="swish",
    max_position_embeddings=512, scale_embedding=True, eos_token_id=0, pad_token_id=size - 1,
    decoder_start_token_id=size - 1, forced_eos_token_id=None)
model = MarianMTModel(config)
model.generation_config = GenerationConfig(bad_words_ids=[[size - 1]], pad_token_id=size - 1, eos_token_id=0,
    decoder_start_token_id=size - 1, min_length=tokens + 1, max_length=tokens + 1)
model.save_pretrained(path)
pieces = ["</s>", "<unk>"] + [f"piece{i}" for i in range(size - 3)] + ["<pad>"]
(path / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate(pieces)}))
(path / "tokenizer_config.json").write_text(json.dumps({"source_lang": "de", "target_lang": "en",
    "tokenizer_class": "MarianTokenizer"}))
"""

RUN = """
import ctranslate2, json, sys, time
folder, ids, beam, threads, tokens = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
pieces = json.load(open(folder + "/shared_vocabulary.json"))
sources = [[pieces[i] for i in json.loads(line)] for line in open(ids)]
translator = ctranslate2.Translator(folder, inter_threads=threads, intra_threads=1, compute_type="int8")
def run(sources):
    return translator.translate_batch(sources, beam_size=beam, max_batch_size=16, min_decoding_length=tokens,
        max_decoding_length=tokens)
run(sources[:1])
begun = time.monotonic()
targets = run(sources)
print(time.monotonic() - begun, sum(len(target.hypotheses[0]) for target in targets))
"""


def prepare():
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    if not CONVERTED.exists():
        subprocess.run([PYTHON, "-c", MAKE, MODEL, str(SIZE), str(TOKENS)], check=True)
        for name in ("source.spm", "target.spm"):
            shutil.copy(ROOT / "models" / "de-en-tiny" / name, MODEL / name)
        subprocess.run([PYTHON, "-c", CONVERT, MODEL, CONVERTED], check=True)
        chance = random.Random(1)
        lengths = [chance.randrange(12, 50) for _ in range(SOURCES)]
        rows = [[chance.randrange(2, SIZE - 1) for _ in range(length)] + [0] for length in lengths]
        IDS.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def rate(command, cores):
    output = subprocess.run(["taskset", "-c", cores, *map(str, command)], check=True, capture_output=True, text=True)
    seconds, tokens = map(float, output.stdout.split())
    assert tokens == SOURCES * TOKENS, output.stdout
    return tokens / seconds


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--cores", nargs="*", default=["0", "0,1"], help="as for taskset -c")
    chosen = arguments.parse_args()
    prepare()
    print("| cores | beam | CTranslate2 tokens/s | degist tokens/s | ratio |\n|--:|--:|--:|--:|--:|")
    for cores in chosen.cores:
        threads = len(cores.split(","))
        for beam in (1, 4):
            theirs, ours = [], []
            for _ in range(chosen.rounds):
                theirs.append(rate([PYTHON, "-c", RUN, CONVERTED, IDS, beam, threads, TOKENS], cores))
                ours.append(rate([DEGIST, MODEL, IDS, beam, threads], cores))
            theirs, ours = statistics.median(theirs), statistics.median(ours)
            print(f"| {threads} | {beam} | {theirs:.0f} | {ours:.0f} | {ours / theirs:.2f} |", flush=True)


if __name__ == "__main__":
    main()
