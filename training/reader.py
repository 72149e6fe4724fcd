"""Fine-tunes the reader: one body and several heads, from sources whose labels differ.

    python -m training.reader OUT [--fold 0] [--leave SOURCE,SOURCE] [--epochs 4] [--layers 0,1,3,5]

Writes OUT.pt and OUT.json (the heads' numbers for every text of the sources left out, and for what
is only measured). Checkpointed at every epoch: run again, it goes on.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.encoder import WINDOW as LONGEST
from assistant.encoder import WINDOWS
from assistant.model import CUES
from training import sources
from training.mixing import Mixer
from training.net import HEADS, Net, kept_words, smaller_tokenizer
from training.sources import FOLDS, Row

MIX = {
    "tweets": 0.5,
    "cfpb": 1.0,
    "goemotions": 0.3,
    "stackoverflow": 0.5,
    "ham": 1.0,
    "questions": 0.0,
}
"""Share of each public source's rows that an epoch sees; of the authors' it sees all."""
BATCH = 16
RATE = 1e-4
HIDDEN = 0.08
"""Share of the word pieces that a turn of training doesn't see."""
_STARTS = dict(zip(HEADS, [0, 1, 2, 3, 7, 11], strict=True))


class Training:
    """One fine-tuning."""

    def __init__(self, rows: Sequence[Row], layers: Sequence[int], epochs: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed = seed
        self.random = random.Random(seed)
        self.rows = rows
        self.kept = kept_words(row.text for row in rows)
        self.tokenizer = smaller_tokenizer(self.kept)
        self.tokenizer.enable_truncation(LONGEST)
        self.unknown: int = self.tokenizer.token_to_id("[UNK]")
        self.net = Net(self.kept, layers)
        self.net.body.embeddings.word_embeddings.weight.requires_grad = False
        self.epochs = epochs
        seen = sum(MIX.get(row.source, 1.0) for row in rows)
        self.steps = int(seen * epochs / BATCH)
        self.optimizer, self.schedule = self._optimizer()
        self.mixer = Mixer(rows, self.random)
        self.by_id = {row.id: at for at, row in enumerate(rows)}
        self.step = 0

    def _optimizer(
        self,
    ) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        body, heads = [], []
        for name, parameter in self.net.named_parameters():
            if parameter.requires_grad:
                (body if name.startswith("body") else heads).append(parameter)
        optimizer = torch.optim.AdamW(
            [{"params": body, "weight_decay": 0.01}, {"params": heads, "lr": 1e-3}],
            lr=RATE,
            fused=True,
        )
        warm = 0.06 * self.steps
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1, (step + 1) / warm) * max(0.0, 1 - step / self.steps)
        )
        return optimizer, schedule

    def epoch(self, number: int) -> float:
        """One turn; the mean loss. Its draws are its number's: who resumes repeats none."""
        self.random.seed(self.seed * 1000 + number)
        self.net.train()
        total, count = 0.0, 0
        for batch in self._batches():
            ids, mask = padded([self._read(row) for row in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                said = self.net(ids, mask)
            loss = self._loss(said.float(), batch)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
            total, count, self.step = total + loss.item(), count + 1, self.step + 1
            if self.step % 100 == 0:
                print(f"  step {self.step} of {self.steps}, loss {total / count:.3f}", flush=True)
        return total / max(1, count)

    def _read(self, row: Row) -> list[int]:
        """With its subject or without: an answer's is inherited, so it must do without.

        Some words are hidden, so that no single one settles it.
        """
        text = titled(row) if self.random.random() < 0.6 else row.text
        ids: list[int] = self.tokenizer.encode(text).ids
        hidden = (self.unknown if self.random.random() < HIDDEN else each for each in ids[1:-1])
        return [ids[0], *hidden, ids[-1]]

    def _batches(self) -> Iterator[list[Row]]:
        """Texts of like length together, twins side by side."""
        groups: list[list[int]] = []
        done: set[int] = set()
        for at, row in enumerate(self.rows):
            if at in done or self.random.random() >= MIX.get(row.source, 1.0):
                continue
            twin = self.by_id.get(row.twin)
            groups.append([at] if twin is None or twin in done else [at, twin])
            done.update(groups[-1])
        self.random.shuffle(groups)
        shown = [self.mixer.shown([self.rows[at] for at in group]) for group in groups]
        pool = BATCH * 20
        batches: list[list[Row]] = []
        for start in range(0, len(groups), pool):
            near = sorted(shown[start : start + pool], key=lambda group: len(group[0].text))
            flat = [row for group in near for row in group]
            batches += [flat[i : i + BATCH] for i in range(0, len(flat), BATCH)]
        self.random.shuffle(batches)
        yield from batches

    def _loss(self, said: Tensor, rows: Sequence[Row]) -> Tensor:
        total = torch.zeros(())
        for head, weight in (("ours", 1.0), ("complaint", 0.7), ("affect", 0.7)):
            wanted, known = _labels(rows, head)
            total = total + weight * functional.binary_cross_entropy_with_logits(
                said[known, _STARTS[head]], wanted[known].float(), reduction="sum"
            )
        wanted, known = _labels(rows, "tone")
        steps = torch.stack([(wanted[known] > heat).float() for heat in range(1, 5)], 1)
        total = total + 0.4 * functional.binary_cross_entropy_with_logits(
            said[known, 3:7], steps, reduction="sum"
        )
        wanted, known = _labels(rows, "aim")
        total = total + 0.4 * functional.cross_entropy(
            said[known, 7:11], wanted[known], reduction="sum"
        )
        cued = [at for at, row in enumerate(rows) if row.cues]
        named = torch.tensor([rows[at].cues for at in cued], dtype=torch.float).view(-1, len(CUES))
        total = total + 0.15 * functional.binary_cross_entropy_with_logits(
            said[cued, _STARTS["cues"] :], named, reduction="sum"
        )
        return (total + 0.5 * self._twins(said, rows)) / len(rows)

    def _twins(self, said: Tensor, rows: Sequence[Row]) -> Tensor:
        """The unhappy one of two twins must score higher than the other."""
        place = {row.id: at for at, row in enumerate(rows)}
        pairs = [
            (place[row.id], place[row.twin]) for row in rows if row.ours == 1 and row.twin in place
        ]
        if not pairs:
            return torch.zeros(())
        unhappy, other = (torch.tensor(side) for side in zip(*pairs, strict=True))
        return functional.softplus(2 - (said[unhappy, 0] - said[other, 0])).sum()

    @torch.no_grad()
    def hear(self, texts: Sequence[str]) -> list[list[float]]:
        """All heads' numbers for each text, as the product reads it (assistant/encoder.py).

        Those of its unhappiest window; each cue's highest.
        """
        self.net.eval()
        self.tokenizer.no_truncation()
        windows: list[tuple[int, list[int]]] = []
        for at, text in enumerate(texts):
            first, *words, last = self.tokenizer.encode(text).ids
            starts = range(0, max(1, len(words)), LONGEST - 2)[:WINDOWS]
            windows += [(at, [first, *words[i : i + LONGEST - 2], last]) for i in starts]
        windows.sort(key=lambda window: len(window[1]))
        heard: list[list[list[float]]] = [[] for _ in texts]
        for start in range(0, len(windows), 32):
            chosen = windows[start : start + 32]
            numbers = self.net(*padded([ids for _, ids in chosen])).tolist()
            for (at, _), row in zip(chosen, numbers, strict=True):
                heard[at].append([round(value, 3) for value in row])
        return [unhappiest(each) for each in heard]


def titled(row: Row) -> str:
    """A text with its subject before it."""
    return f"{row.subject}\n{row.text}" if row.subject else row.text


def unhappiest(windows: Sequence[list[float]]) -> list[float]:
    """Of a text's windows the unhappiest, with each cue's highest."""
    cues = [
        max(each) for each in zip(*(window[_STARTS["cues"] :] for window in windows), strict=True)
    ]
    return max(windows)[: _STARTS["cues"]] + cues


def padded(read: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids of a batch, and which of them are there."""
    longest = max(map(len, read))
    ids = torch.zeros(len(read), longest, dtype=torch.long)
    mask = torch.zeros(len(read), longest, dtype=torch.long)
    for at, row in enumerate(read):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return ids, mask


def _labels(rows: Sequence[Row], name: str) -> tuple[Tensor, Tensor]:
    labels = [getattr(row, name) for row in rows]
    wanted = torch.tensor([-1 if label is None else label for label in labels])
    return wanted, wanted >= 0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Fine-tune the reader.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--fold", type=int, help="leave out a quarter of the sources: 0 to 3")
    parser.add_argument("--leave", default="", help="or these, with commas between")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--layers", default="0,1,3,5")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    left = set(options.leave.split(",")) - {""}
    if options.fold is not None:
        left |= set(FOLDS[options.fold])
    rows = [row for row in sources.authors(options.shared) if not row.locked]
    rows += sources.public(options.shared)
    taught = [row for row in rows if row.source not in left and MIX.get(row.source, 1.0) > 0]
    layers = [int(each) for each in options.layers.split(",")]
    training = Training(taught, layers, options.epochs, options.seed)
    print(f"{len(taught)} texts, {len(training.kept)} word pieces, {training.steps} steps")
    _train(training, options.out.with_suffix(".part"))
    torch.save({"kept": training.kept, "layers": layers, "net": training.net.state_dict()},
               options.out.with_suffix(".pt"))  # fmt: skip
    said = _heard(training, [row for row in rows if row.source in left], options.shared)
    options.out.with_suffix(".json").write_text(json.dumps(said), "utf-8")
    options.out.with_suffix(".part").unlink()


def _train(training: Training, checkpoint: Path) -> None:
    """All epochs, or those that a checkpoint leaves."""
    begun = time.monotonic()
    for number in range(_resume(training, checkpoint), training.epochs):
        loss = training.epoch(number)
        print(f"epoch {number + 1}: loss {loss:.3f}, {time.monotonic() - begun:.0f} s", flush=True)
        torch.save((number + 1, training.step, training.net.state_dict(),
                    training.optimizer.state_dict(), training.schedule.state_dict()), checkpoint)  # fmt: skip


def _heard(training: Training, left: Sequence[Row], shared: Path) -> dict[str, list[float]]:
    """By text id what it says of the sources left out, and of those that are only measured."""
    texts = {row.id: titled(row) for row in left}
    for name in ("real_mailbox", "enron_ordinary", "spamassassin_ham"):
        held = sources.lines(shared / "data" / "public" / f"{name}.jsonl")
        texts |= {row["id"]: row["text"] for row in held}
    return dict(zip(texts, training.hear(list(texts.values())), strict=True))


def _resume(training: Training, checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    done, step, net, optimizer, schedule = torch.load(checkpoint, weights_only=True)
    training.net.load_state_dict(net)
    training.optimizer.load_state_dict(optimizer)
    training.schedule.load_state_dict(schedule)
    training.step = step
    return int(done)


if __name__ == "__main__":
    main()
