"""Trains a network that has settled on what several networks say together.

    python distil.py WORK NET SEED EPOCHS TEACHER ...

writes WORK/net-SEED.pt. Residues that are missing from the crystal are learned by heart sooner than
anything else: from epoch to epoch a network knows them better on its own chains and worse on others.
So of these only what the teachers say together is learned, of everything else the labels too.
"""

import pathlib
import sys

import numpy as np
import torch

from batches import Chains
from evaluate import evaluate
from refine import load_any, sayings, taught, train
from train import ACC_HEAD, RESOLVED_HEAD, SS8_HEAD, loss_of

RATE = 4e-4
ACC_WEIGHT = 2.0
LABELS_WEIGHT = 0.3


def together(said):
    """Logits of the mean probabilities."""
    sums = [0, 0, 0]
    for logits in said:
        logits = torch.from_numpy(logits).float()
        sums[0] = sums[0] + logits[:, SS8_HEAD].softmax(1)
        sums[1] = sums[1] + logits[:, ACC_HEAD].softmax(1)
        sums[2] = sums[2] + logits[:, RESOLVED_HEAD].sigmoid()
    ss8, acc, missing = (one / len(said) for one in sums)
    return torch.cat([ss8.log(), acc.log(), missing.logit(1e-4)], 1).clamp(-20, 20).numpy().astype(np.float16)


def loss_at(logits, labels, mask):
    labels = {**labels, "resolved": torch.full_like(labels["resolved"], -1)}
    return LABELS_WEIGHT * loss_of(logits, labels, ACC_WEIGHT) + taught(logits, labels, mask, True)


def main(work, path, seed, epochs, teachers):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chains = Chains(work / "chains.npz", ("ss8", "ss3", "acc", "resolved"))
    chains.add("old", together([sayings(load_any(teacher), chains) for teacher in teachers]))
    net = load_any(path)
    train(net, chains, rng, epochs, RATE, loss_at, is_settling=True)
    torch.save({"state": net.state_dict(), "channels": net.first.out_channels}, work / f"net-{seed}.pt")
    print(evaluate(net, chains), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]),
         list(map(pathlib.Path, sys.argv[5:])))
