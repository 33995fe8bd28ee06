"""Trains the network that is used on what several networks say together (Hinton and others 2015).

    python distil.py WORK SEED EPOCHS SETTLING TEACHER.pt ...

writes WORK/net-SEED.pt. It begins as the first of the teachers.

Residues that are missing from the crystal are learned by heart sooner than anything else: from epoch
to epoch a network knows them better on its own chains and worse on others. So of these only what the
teachers say together is learned, of everything else the labels too.
"""

import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional as F

from batches import Chains
from evaluate import evaluate
from train import ACC_HEAD, OUTPUTS, RESOLVED_HEAD, SS8_HEAD, load, loss_of, save, train

RATE, SETTLING_RATE = 1e-3, 4e-4
LABELS_WEIGHT = 0.3


def sayings(net, chains):
    """What a network says of every residue of all chains, one after another."""
    out = np.zeros((len(chains.arrays["x"]), OUTPUTS), np.float16)
    with torch.no_grad():
        for chosen in chains.batches(np.arange(len(chains.lengths))):
            letters, mask, _ = chains.batch(chosen)
            said = net(letters, mask).transpose(1, 2).numpy()
            for row, at in enumerate(chosen):
                start, length = chains.starts[at], chains.lengths[at]
                out[start:start + length] = said[row, :length]
    return out


def together(said):
    """Logits of the mean probabilities."""
    sums, count = [0, 0, 0], 0
    for logits in said:
        logits = torch.from_numpy(logits).float()
        sums[0] = sums[0] + logits[:, SS8_HEAD].softmax(1)
        sums[1] = sums[1] + logits[:, ACC_HEAD].softmax(1)
        sums[2] = sums[2] + logits[:, RESOLVED_HEAD].sigmoid()
        count += 1
    ss8, acc, missing = (one / count for one in sums)
    return torch.cat([ss8.log(), acc.log(), missing.logit(1e-4)], 1).clamp(-20, 20).numpy().astype(np.float16)


def distance(logits, said, mask):
    """How far a network is from what was said, a residue."""
    said = said.transpose(1, 2).float()
    soft = lambda head: -(F.log_softmax(logits[:, head], 1) * said[:, head].softmax(1)).sum(1)
    missing = F.binary_cross_entropy_with_logits(
        logits[:, RESOLVED_HEAD], said[:, RESOLVED_HEAD].sigmoid(), reduction="none")[:, 0]
    weight = mask[:, 0]
    return ((soft(SS8_HEAD) + soft(ACC_HEAD) + 2 * missing) * weight).sum() / weight.sum()


def loss_at(logits, labels, mask):
    of_labels = loss_of(logits, {**labels, "resolved": torch.full_like(labels["resolved"], -1)})
    return LABELS_WEIGHT * of_labels + distance(logits, labels["said"], mask)


def main(work, seed, epochs, settling, teachers):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chains = Chains(work / "chains.npz", ("ss8", "ss3", "acc", "resolved"))
    chains.add("said", together(sayings(load(teacher), chains) for teacher in teachers))
    net = load(teachers[0])
    for count, rate, is_settling in ((epochs, RATE, False), (settling, SETTLING_RATE, True)):
        train(net, chains, rng, count, rate, loss_at, is_settling)
        save(net, work / f"net-{seed}.pt")
        print("settled" if is_settling else "trained", evaluate(net, chains), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:5]), list(map(pathlib.Path, sys.argv[5:])))
