"""The tables of a model card: what a model was trained on and for how long, how good it is, and what it writes for a few sentences.

    python card.py recipe.toml work/model SETS

SETS is a folder with NAME.de and NAME.en of each test set. `degist` must be on the path; the model's folder holds the f16 weights
and `model.gguf`, which `degist models convert` makes of them.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

# What the columns of a row tell: the weights, the options of `degist eval`.
ROWS = [
    ("network alone, f32, whole vocabulary", "model.safetensors", ["--raw", "--full-vocabulary"]),
    ("network alone, f32, shortlist", "model.safetensors", ["--raw"]),
    ("network alone, 8-bit, whole vocabulary", "model.gguf", ["--raw", "--full-vocabulary"]),
    ("network alone, 8-bit, shortlist", "model.gguf", ["--raw"]),
    ("`translate`", "model.gguf", []),
]
BEAMS = (1, 4)


def run(*arguments: str, text: str | None = None) -> str:
    return subprocess.run(arguments, input=text, capture_output=True, text=True, check=True).stdout


def table(head: list[str], rows: list[list[str]]) -> None:
    for row in [head, ["---"] * len(head), *rows]:
        print("| " + " | ".join(row) + " |")
    print()


def alone(model: Path, weights: str) -> tempfile.TemporaryDirectory:
    """A folder with one of a model's weights and everything else that it has."""
    folder = tempfile.TemporaryDirectory()
    for file in model.iterdir():
        if file.name == weights or not file.name.startswith("model."):
            (Path(folder.name) / file.name).symlink_to(file.resolve())
    return folder


def scores(model: str, sets: str, options: list[str]) -> dict[str, str]:
    """BLEU and chrF2 of each set."""
    lines = run("degist", "eval", "-q", "--sets", sets, "--model", model, *options).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    head, rows = cells[0], cells[2:]
    return {row[0]: " / ".join(row[head.index(score)] for score in ("BLEU", "chrF2")) for row in rows}


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    model, sets = Path(sys.argv[2]), sys.argv[3]

    counts = json.loads((Path(recipe["data"]) / "counts.json").read_text())
    corpora = recipe["corpus"]
    table(
        ["corpus", "pairs", "share of what is drawn", "licence"],
        [[c["name"], f"{counts[c['name']]['kept']:,}", f"{c['share']:.0%}", c["licence"]] for c in corpora],
    )
    dropped = sum(count.get(why, 0) for count in counts.values() for why in ("in a test set", "near to a test set"))
    print(f"{dropped:,} pairs were in a test set or near to a line of one, and were dropped.\n")

    log = (Path(recipe["checkpoints"]) / "log.jsonl").read_text().splitlines()
    notes = [json.loads(line) for line in log]
    speeds = [note["tokens_per_second"] for note in notes if "tokens_per_second" in note]
    mean = sum(speeds) / max(len(speeds), 1)
    print(f"{notes[-1]['step']:,} steps in {notes[-1]['minutes']:.0f} minutes, {mean:,.0f} target tokens/s.\n")

    rows = []
    for name, weights, options in ROWS:
        with alone(model, weights) as folder:
            for beam in BEAMS:
                found = scores(folder, sets, [*options, "--beam", str(beam)])
                rows.append([name, str(beam), *found.values()])
    table(["", "beam", *found], rows)

    german = Path(__file__).with_name("examples.txt").read_text(encoding="utf-8").splitlines()
    with alone(model, "model.gguf") as folder:
        english = run("degist", "translate", "-q", "--model", folder, text="\n\n".join(german)).split("\n\n")
    table(["German", "what it writes"], [[source, target.strip()] for source, target in zip(german, english)])


if __name__ == "__main__":
    main()
