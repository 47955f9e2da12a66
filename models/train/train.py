"""Trains the student network, on a CPU or a GPU, in bf16 with f32 master weights, from the arrays of prepare.py.

    python train.py recipe.toml --minutes 120
    torchrun --standalone --nproc-per-node 2 train.py recipe.toml --until 2026-12-01T23:00   # a process for each CPU core

Goes on from the last checkpoint, if there is one. Ctrl-C writes a checkpoint and ends. The learning rate falls in a line
to nothing at the end: after `--minutes` of running, those of earlier runs counted in, or at a time (UTC).
"""

import argparse
import json
import math
import os
import signal
import time
import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F

from batches import Batch, Pairs, ahead
from network import Student
from pieces import Pieces
from score import scores, translate
from weights import read_model

HINTED = 100  # words seen less often have hints in the development lines


@torch.compile(dynamic=True)
def cross_entropy(states: torch.Tensor, table: torch.Tensor, bias: torch.Tensor, wanted: torch.Tensor, smoothing: float):
    logits = F.linear(states, table).float() + bias
    return F.cross_entropy(logits, wanted, label_smoothing=smoothing, reduction="sum")


def loss_of(model: Student, batch: Batch, smoothing: float, sampled: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Sums over the target tokens of a batch: cross entropy, and that of the word alignment.

    The tokens are told from the batch's own pieces and `sampled` random ones, each of which stands for as many as were not
    drawn (Jean et al. 2015); with `sampled` 0 from the whole vocabulary. The alignment is that of Chen et al. 2016, "Guided
    Alignment Training for Topic-Aware Neural Machine Translation": one head of attention shall look at the word that is translated.
    """
    states, weights = model(batch.source, batch.source_real, batch.target)
    looks = weights.flatten(0, 1)[batch.aligned_from, batch.aligned_to].float()
    alignment = -torch.log(looks + 1e-4).sum()
    states, wanted = states.flatten(0, 1)[batch.told], batch.target.flatten()[batch.told]
    table, bias = model.target_embedding.weight, model.output.bias
    if sampled == 0:
        return cross_entropy(states, table, bias, wanted, smoothing), alignment
    own = torch.unique(wanted)
    drawn = torch.randint(0, len(bias), (sampled,), device=own.device)
    others = torch.unique(drawn[~torch.isin(drawn, own)])
    pieces = torch.cat([own, others])
    weight = torch.zeros(len(pieces), device=own.device)
    weight[len(own) :] = math.log((len(bias) - len(own)) / len(others))
    table, bias = F.embedding(pieces, table), bias[pieces].float() + weight
    return cross_entropy(states, table, bias, torch.searchsorted(own, wanted), smoothing), alignment


class Workers:
    """This process alone, or those that `torchrun` started: each has batches of its own, all have the same weights."""

    def __init__(self):
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.count > 1:
            # Scores and checkpoints are made by the first alone, while the others wait.
            dist.init_process_group("gloo", timeout=timedelta(hours=1))

    def add(self, values: torch.Tensor) -> torch.Tensor:
        """The sum of what each process has, in place."""
        if self.count > 1:
            dist.all_reduce(values)
        return values


class Development:
    """Lines that are translated while training runs, to see where it goes."""

    def __init__(self, recipe: dict):
        chosen = recipe["development"]
        read = lambda path: Path(path).read_text(encoding="utf-8").splitlines()[: chosen["lines"]]
        self.source, self.reference = read(chosen["source"]), read(chosen["target"])
        self.pieces = Pieces(Path(recipe["start"]["model"]), Path(recipe["lexicon"]))

    def bleu(self, model: Student, hinted: int) -> tuple[float, str]:
        """BLEU with hints of words seen less often than `hinted`, and one translation to look at."""
        written = translate(model, self.pieces, self.source, hinted)
        return scores(written, self.reference)[0], written[5]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("recipe", type=Path)
    length = arguments.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float)
    length.add_argument("--until", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=timezone.utc))
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()

    recipe = tomllib.loads(chosen.recipe.read_text())
    device = torch.device(chosen.device)
    settings = recipe["train"] | recipe["train"].get(device.type, {})
    workers = Workers()
    first = workers.rank == 0
    checkpoints = Path(recipe["checkpoints"])
    checkpoints.mkdir(parents=True, exist_ok=True)

    config, tensors = read_model(Path(recipe["start"]["model"]))
    model = Student(config)
    step, earlier, moments, mean = 0, 0.0, None, None
    last = checkpoints / "last.pt"
    if last.exists():
        kept = torch.load(last, map_location="cpu", weights_only=True)
        tensors, step, earlier, moments, mean = (kept[name] for name in ("model", "step", "seconds", "optimizers", "mean"))
        if first:
            print(f"going on from step {step}, {earlier / 60:.0f} minutes", flush=True)
    model.load_state_dict(tensors)
    names = [name for name, _ in model.named_parameters()]
    masters = [tensors[name].float().to(device) for name in names]
    means = [(mean or tensors)[name].float().clone().to(device) for name in names]
    model.to(device).bfloat16()
    model.compile()
    parameters = list(model.parameters())
    sizes = [master.numel() for master in masters]
    # Muon (Jordan et al. 2024) is for matrices that multiply; its steps are scaled to be as long as those of AdamW.
    by_muon = [master.dim() == 2 and "embedding" not in name and "hint" not in name for name, master in zip(names, masters)]
    optimizers = [
        torch.optim.AdamW(
            [master for master, muon in zip(masters, by_muon) if not muon],
            lr=0.0, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0, fused=True,
        ),
        torch.optim.Muon(
            [master for master, muon in zip(masters, by_muon) if muon],
            lr=0.0, weight_decay=0.0, adjust_lr_fn="match_rms_adamw",
        ),
    ]
    if moments is not None:
        for optimizer, kept in zip(optimizers, moments):
            optimizer.load_state_dict(kept)

    torch.manual_seed((chosen.seed + step) * workers.count + workers.rank)
    pairs = Pairs(Path(recipe["arrays"]))
    items = ahead(pairs.batches(settings["tokens"], chosen.seed + step, workers.rank, workers.count))
    log = (checkpoints / "log.jsonl").open("a")

    begun = time.monotonic()
    if chosen.until:
        total = earlier + (chosen.until - datetime.now(timezone.utc)).total_seconds()
    else:
        total = chosen.minutes * 60

    def passed() -> float:
        return earlier + time.monotonic() - begun

    def note(**what) -> None:
        print(json.dumps(what, ensure_ascii=False), file=log, flush=True)
        print(" ".join(f"{key} {value}" for key, value in what.items()), flush=True)

    def score() -> None:
        development = Development(recipe)
        model.eval()
        plain, _ = development.bleu(model, 0)
        bleu, example = development.bleu(model, HINTED)
        model.train()
        note(step=step, minutes=round(passed() / 60, 2), bleu_without_hints=round(plain, 2), bleu=round(bleu, 2), example=example)

    def save() -> None:
        named = lambda values: dict(zip(names, values))
        kept = {"model": named(masters), "mean": named(means), "step": step}
        torch.save(kept, checkpoints / f"{step:06}.pt")
        kept |= {"optimizers": [optimizer.state_dict() for optimizer in optimizers], "seconds": passed()}
        torch.save(kept, last.with_suffix(".part"))
        os.replace(last.with_suffix(".part"), last)

    asked = []
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: asked.append(True))

    model.train()
    reported = saved = passed()
    # Sums stay on the device; they are read once a minute.
    counts = torch.zeros(5, device=device)
    share, stopping = passed() / total, False
    while share < 1 and not stopping:
        rate = settings["learning_rate"] * min(1, (step + 1) / settings["warm_up"]) * (1 - share)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        batch = next(items).to(device)
        loss, alignment = loss_of(model, batch, settings["label_smoothing"], settings["sampled"])
        (loss + settings["alignment"] * alignment).backward()
        with torch.no_grad():
            told = torch.stack([
                loss, alignment,
                *torch.tensor([len(batch.told), len(batch.aligned_to), len(asked)], dtype=torch.float32, device=device),
            ])
            sums = workers.add(torch.cat([*(each.grad.flatten().float() for each in parameters), told]))
            counts += sums[-5:]
            gradients = sums[:-5].div_(sums[-3])
            # As torch's clip_grad_norm_, in one go.
            gradients.mul_((1 / (gradients.norm() + 1e-6)).clamp(max=1))
            for master, parameter, gradient in zip(masters, parameters, gradients.split(sizes)):
                master.grad = gradient.view_as(master)
                parameter.grad = None
            for optimizer in optimizers:
                optimizer.step()
            torch._foreach_copy_(parameters, masters)
            torch._foreach_lerp_(means, masters, 1 - min(settings["average"], step / (step + 10)))
        step += 1
        share = passed() / total
        if workers.count > 1:
            # All must agree when to end, by the clock of the first.
            agreed = torch.tensor([share])
            dist.broadcast(agreed, 0)
            share = float(agreed)
            stopping = float(sums[-1]) > 0
        else:
            stopping = bool(asked)
        if first and passed() - reported >= 60:
            loss, alignment, tokens, aligned, _ = counts.tolist()
            note(
                step=step,
                minutes=round(passed() / 60, 2),
                loss=round(loss / tokens, 3),
                alignment=round(alignment / max(aligned, 1), 3),
                learning_rate=float(f"{rate:.3g}"),
                tokens_per_second=round(tokens / (passed() - reported)),
            )
            counts.zero_()
            reported = passed()
        if first and passed() - saved >= settings["save_every"] * 60:
            save()
            saved = passed()
        if first and step % settings["score_every"] == 0:
            score()
    if first:
        save()
        score()


if __name__ == "__main__":
    main()
