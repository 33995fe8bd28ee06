"""Trains one network of secondary structure, accessibility and missing residues.

    python train.py WORK SEED MINUTES [TEACHER.pt ...]

writes WORK/net-SEED.pt. With teachers it learns from the mean of what they say as well as from the
labels (Hinton and others 2015). The time given is what the learning rate is planned by.
"""

import pathlib
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

from batches import Chains
from evaluate import evaluate
from model import Average, Net

SS8_HEAD, ACC_HEAD, RESOLVED_HEAD = slice(0, 8), slice(8, 11), slice(11, 12)
OUTPUTS = 12
CHANNELS = 128
# The classes of SS8 that each class of SS3 of the chains without SS8 stands for: H is H, G, I; E is
# E, B; C is T, S, L.
GROUPS = ([0, 1, 2], [3, 4], [5, 6, 7])
RATE = 2e-3
TEACHERS_WEIGHT = 0.7


def loss_of(logits, labels, acc_weight=1.0):
    """The mean loss a residue of each head, of the residues whose label is known."""
    ss8 = F.cross_entropy(logits[:, SS8_HEAD], labels["ss8"], ignore_index=-1, reduction="sum")
    log = F.log_softmax(logits[:, SS8_HEAD], 1)
    grouped = torch.stack([torch.logsumexp(log[:, group], 1) for group in GROUPS], 1)
    # Where both are known SS8 says more.
    ss3_labels = torch.where(labels["ss8"] >= 0, -1, labels["ss3"])
    ss3 = F.nll_loss(grouped, ss3_labels, ignore_index=-1, reduction="sum")
    acc = F.cross_entropy(logits[:, ACC_HEAD], labels["acc"], ignore_index=-1, reduction="sum")
    is_known = labels["resolved"] >= 0
    missing = F.binary_cross_entropy_with_logits(
        logits[:, 11], (labels["resolved"] == 0).float(), weight=is_known.float(), reduction="sum")
    count = max(1, int((labels["ss8"] >= 0).sum() + (ss3_labels >= 0).sum()))
    return (ss8 + ss3 + acc_weight * acc) / count + 2 * missing / max(1, int(is_known.sum()))


def teaching(logits, letters, mask, teachers):
    with torch.no_grad():
        said = [teacher(letters, mask) for teacher in teachers]
        ss8 = torch.stack([one[:, SS8_HEAD].softmax(1) for one in said]).mean(0)
        acc = torch.stack([one[:, ACC_HEAD].softmax(1) for one in said]).mean(0)
        missing = torch.stack([one[:, 11].sigmoid() for one in said]).mean(0)
    weight = mask[:, 0]
    soft = lambda head, target: -(F.log_softmax(logits[:, head], 1) * target).sum(1)
    each = soft(SS8_HEAD, ss8) + soft(ACC_HEAD, acc)
    each = each + 2 * F.binary_cross_entropy_with_logits(logits[:, 11], missing, reduction="none")
    return (each * weight).sum() / weight.sum()


def main(work, seed, minutes, teacher_paths):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chains = Chains(work / "chains.npz", ("ss8", "ss3", "acc", "resolved"))
    teachers = [load(path) for path in teacher_paths]
    net = Net(OUTPUTS, CHANNELS)
    average = Average(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    started, epoch, spent = time.time(), 0, 0.0
    while spent < 1:
        net.train()
        for chosen in chains.epoch(rng):
            spent = (time.time() - started) / (60 * minutes)
            if spent >= 1:
                break
            # Up in the first tenth, then down to nothing along a cosine.
            rate = spent / 0.1 if spent < 0.1 else 0.5 * (1 + np.cos(np.pi * (spent - 0.1) / 0.9))
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(rate, 1e-3)
            letters, mask, labels = chains.batch(chosen, rng)
            logits = net(letters, mask)
            loss = loss_of(logits, labels)
            if teachers:
                taught = teaching(logits, letters, mask, teachers)
                loss = (1 - TEACHERS_WEIGHT) * loss + TEACHERS_WEIGHT * taught
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            average.update(net)
        epoch += 1
        print(f"epoch {epoch}, {100 * min(spent, 1):.0f} % of the time, loss {loss.item():.3f}", flush=True)
    net.load_state_dict(average.state)
    torch.save({"state": net.state_dict(), "channels": CHANNELS}, work / f"net-{seed}.pt")
    print(evaluate(net, chains), flush=True)


def load(path):
    kept = torch.load(path)
    net = Net(OUTPUTS, kept["channels"])
    net.load_state_dict(kept["state"])
    return net.eval()


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
