"""The mean of checkpoints as a model folder.

    python export.py recipe.toml OUT CHECKPOINT...

`start` among the checkpoints stands for the weights that training began with: where these were trained before, the mean of both can
be better than either (Wortsman et al. 2022, "Model soups"). `CHECKPOINT:mean` is the running mean of the weights at that time.

`degist models convert OUT` makes the 8-bit file of it.
"""

import shutil
import sys
import tomllib
from pathlib import Path

import torch

from weights import read_model, write_model


def main() -> None:
    recipe = tomllib.loads(Path(sys.argv[1]).read_text())
    out, names = Path(sys.argv[2]), sys.argv[3:]
    start = Path(recipe["start"]["model"])
    config, first = read_model(start)
    kept, steps = [], 0
    for name in names:
        path, _, kind = name.partition(":")
        checkpoint = {"model": first, "step": 0} if path == "start" else torch.load(path, map_location="cpu", weights_only=True)
        kept.append(checkpoint[kind or "model"])
        steps = max(steps, checkpoint["step"])
    config["training_steps"] += steps
    write_model(out, config, {name: sum(each[name] for each in kept) / len(kept) for name in first})
    for name in ("source.spm", "target.spm"):
        shutil.copyfile(start / name, out / name)
    print(f"{out}: the mean of {len(kept)} checkpoints")


if __name__ == "__main__":
    main()
