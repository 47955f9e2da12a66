"""Trains the student network, on a CPU or a GPU, in bf16 with f32 master weights.

    python train.py recipe.toml --minutes 120
    torchrun --standalone --nproc-per-node 2 train.py recipe.toml --minutes 120   # a process for each CPU core

Goes on from the last checkpoint, if there is one. Ctrl-C writes a checkpoint and ends. The learning rate falls in a line
to nothing at the end of `--minutes` of training, those of earlier runs counted in.
"""

import argparse
import json
import math
import os
import signal
import time
import tomllib
from datetime import timedelta
from pathlib import Path

import sacrebleu
import torch
import torch.distributed as dist
import torch.nn.functional as F

from batches import Batch, Vocabularies, ahead, batches, filled
from network import EOS, Student
from weights import read_model


def loss_of(model: Student, batch: Batch, smoothing: float, sampled: int) -> tuple[torch.Tensor, int]:
    """Cross entropy of the target tokens of a batch, and how many there are.

    The tokens are told from the batch's own pieces and `sampled` random ones, each of which stands for as many as were not
    drawn (Jean et al. 2015); with `sampled` 0 from the whole vocabulary.
    """
    states = model(batch.source, batch.source_real, batch.target)[batch.target_real]
    wanted = batch.target[batch.target_real]
    vocabulary = model.target_embedding.num_embeddings
    if sampled == 0:
        logits = F.linear(states, model.target_embedding.weight, model.output.bias).float()
        return F.cross_entropy(logits, wanted, label_smoothing=smoothing), len(wanted)
    own = torch.unique(wanted)
    drawn = torch.randint(0, vocabulary, (sampled,), device=own.device)
    others = torch.unique(drawn[~torch.isin(drawn, own)])
    pieces = torch.cat([own, others])
    logits = F.linear(states, model.target_embedding.weight[pieces], model.output.bias[pieces]).float()
    weight = torch.zeros(len(pieces), device=own.device)
    weight[len(own) :] = math.log((vocabulary - len(own)) / len(others))
    places = torch.searchsorted(own, wanted)
    return F.cross_entropy(logits + weight, places, label_smoothing=smoothing), len(wanted)


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

    def __init__(self, recipe: dict, vocabularies: Vocabularies, device: torch.device):
        chosen = recipe["development"]
        read = lambda path: Path(path).read_text(encoding="utf-8").splitlines()[: chosen["lines"]]
        self.source, self.reference = read(chosen["source"]), read(chosen["target"])
        self.vocabularies, self.device = vocabularies, device

    @torch.no_grad()
    def loss(self, model: Student) -> float:
        """Cross entropy of a reference token, without smoothing, from the whole vocabulary: smoother in time than BLEU."""
        total = count = 0
        pairs = zip(self.vocabularies.source.encode(self.source), self.vocabularies.target.encode(self.reference))
        pairs = sorted(pairs, key=lambda pair: max(map(len, pair)))
        for begin in range(0, len(pairs), 50):
            sides = ([ids[:255] + [EOS] for ids in side] for side in zip(*pairs[begin : begin + 50]))
            batch = Batch(*(part for rows in sides for part in filled(rows, self.device)))
            mean, tokens = loss_of(model, batch, smoothing=0.0, sampled=0)
            total, count = total + mean.item() * tokens, count + tokens
        return total / count

    def bleu(self, model: Student) -> tuple[float, str]:
        """BLEU of greedy search, and one translation to look at."""
        ids = [row[:255] + [EOS] for row in self.vocabularies.source.encode(self.source)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        written = [""] * len(ids)
        for begin in range(0, len(order), 50):
            rows = order[begin : begin + 50]
            found = model.greedy(*filled([ids[i] for i in rows], self.device)).tolist()
            for i, row in zip(rows, found):
                row = row[: row.index(EOS)] if EOS in row else row
                written[i] = self.vocabularies.target.decode(row)
        return sacrebleu.corpus_bleu(written, [self.reference]).score, written[5]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("recipe", type=Path)
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()

    recipe = tomllib.loads(chosen.recipe.read_text())
    settings = recipe["train"]
    device = torch.device(chosen.device)
    workers = Workers()
    first = workers.rank == 0
    checkpoints = Path(recipe["checkpoints"])
    checkpoints.mkdir(parents=True, exist_ok=True)
    start = Path(recipe["start"]["model"])
    vocabularies = Vocabularies(start)

    config, tensors = read_model(start)
    model = Student(config)
    step, seconds, moments = 0, 0.0, None
    last = checkpoints / "last.pt"
    if last.exists():
        kept = torch.load(last, map_location="cpu", weights_only=True)
        tensors, step, seconds, moments = kept["model"], kept["step"], kept["seconds"], kept["optimizers"]
        if first:
            print(f"going on from step {step}, {seconds / 60:.0f} minutes", flush=True)
    model.load_state_dict(tensors)
    names = [name for name, _ in model.named_parameters()]
    masters = [tensors[name].float().to(device) for name in names]
    model.to(device).bfloat16()
    model.compile()
    parameters = list(model.parameters())
    sizes = [master.numel() for master in masters]
    # Muon (Jordan et al. 2024) is for matrices that multiply; its steps are scaled to be as long as those of AdamW.
    by_muon = [master.dim() == 2 and "embedding" not in name for name, master in zip(names, masters)]
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

    seed = (chosen.seed + step) * workers.count + workers.rank
    torch.manual_seed(seed)
    items = ahead(batches(recipe, vocabularies, seed, device))
    development = Development(recipe, vocabularies, device)
    log = (checkpoints / "log.jsonl").open("a")

    def note(**what) -> None:
        if not first:
            return
        print(json.dumps(what, ensure_ascii=False), file=log, flush=True)
        print(" ".join(f"{key} {value}" for key, value in what.items()), flush=True)

    def score() -> None:
        if not first:
            return
        model.eval()
        bleu, example = development.bleu(model)
        loss = development.loss(model)
        model.train()
        note(
            step=step,
            minutes=round(seconds / 60, 2),
            bleu=round(bleu, 2),
            development_loss=round(loss, 4),
            example=example,
        )

    def save() -> None:
        if not first:
            return
        kept = {
            "model": dict(zip(names, masters)),
            "optimizers": [optimizer.state_dict() for optimizer in optimizers],
            "step": step,
            "seconds": seconds,
        }
        torch.save(kept, last.with_suffix(".part"))
        os.replace(last.with_suffix(".part"), last)
        torch.save({"model": kept["model"], "step": step}, checkpoints / f"{step:06}.pt")

    asked = []
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: asked.append(True))

    model.train()
    score()
    total = chosen.minutes * 60
    reported = saved = seconds
    tokens, losses, stopping = 0, 0.0, False
    while seconds < total and not stopping:
        begun = time.monotonic()
        rate = settings["learning_rate"] * min(1, (step + 1) / settings["warm_up"]) * (1 - seconds / total)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        loss, count = loss_of(model, next(items), settings["label_smoothing"], settings["sampled"])
        loss = loss * count
        loss.backward()
        with torch.no_grad():
            told = torch.tensor([loss, count], device=device)
            sums = workers.add(torch.cat([*(each.grad.flatten().float() for each in parameters), told]))
            loss, count = sums[-2:].tolist()
            sums /= count
            for master, parameter, gradient in zip(masters, parameters, sums[:-2].split(sizes)):
                master.grad = gradient.view_as(master)
                parameter.grad = None
            torch.nn.utils.clip_grad_norm_(masters, 1.0)
            for optimizer in optimizers:
                optimizer.step()
            for master, parameter in zip(masters, parameters):
                parameter.copy_(master)
        step += 1
        tokens += count
        losses += loss
        spent = torch.tensor([time.monotonic() - begun, len(asked)], device=device)
        spent, stopping = workers.add(spent).tolist()
        seconds += spent / workers.count
        if seconds - reported >= 60:
            note(
                step=step,
                minutes=round(seconds / 60, 2),
                loss=round(losses / tokens, 3),
                learning_rate=float(f"{rate:.3g}"),
                tokens_per_second=round(tokens / (seconds - reported)),
            )
            reported, tokens, losses = seconds, 0, 0.0
        if seconds - saved >= settings["save_every"] * 60:
            saved = seconds
            save()
            score()
    save()
    score()


if __name__ == "__main__":
    main()
