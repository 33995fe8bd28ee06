"""Trains one network of secondary structure, accessibility and missing residues.

    python train.py WORK SEED EPOCHS CHANNELS [DILATIONS]

writes WORK/net-SEED.pt. DILATIONS are those of its blocks, by default 1,2,4,8,16,1: networks that differ say
more together.
"""

import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional as F

from batches import Chains
from evaluate import evaluate
from model import Average, Net

SS8_HEAD, ACC_HEAD, RESOLVED_HEAD = slice(0, 8), slice(8, 11), slice(11, 12)
OUTPUTS = 12
# The classes of SS8 that each class of SS3 of the chains without SS8 stands for: H is H, G, I; E is
# E, B; C is T, S, L.
GROUPS = ([0, 1, 2], [3, 4], [5, 6, 7])
DILATIONS = (1, 2, 4, 8, 16, 1)
RATE = 2e-3
# The term of the chain's length is one number a class, and far from where it will be.
LENGTH_RATE = 1e-2
# The part of the time in which the rate goes up.
WARMING = 0.1
# Accessibility is known of one chain in seven only.
ACC_WEIGHT = 2.0


def loss_of(logits, labels):
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
    return (ss8 + ss3 + ACC_WEIGHT * acc) / count + 2 * missing / max(1, int(is_known.sum()))


def train(net, chains, rng, epochs, rate, loss_at, is_settling=False):
    """Gives `net` the moving average of its weights in training.

    When it settles, normalisations are what they will be when the network is used: batches of padded
    chains have other means than a chain alone, which the head learns to make up for. Only then can it
    also learn well what the length of a chain has to do with it.
    """
    average = Average(net)
    others = [value for name, value in net.named_parameters() if name != "length"]
    groups = [{"params": others, "peak": rate},
              {"params": [net.length], "peak": LENGTH_RATE if is_settling else rate, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
    for epoch in range(epochs):
        net.train()
        if is_settling:
            for norm in net.normalisations():
                norm.eval()
        batches = list(chains.epoch(rng))
        for at, chosen in enumerate(batches):
            spent = (epoch + at / len(batches)) / epochs
            # Up, then down to nothing along a cosine.
            part = spent / WARMING if spent < WARMING else 0.5 * (1 + np.cos(np.pi * (spent - WARMING) / (1 - WARMING)))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * max(part, 1e-3)
            letters, mask, labels = chains.batch(chosen, rng)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(letters, mask)
            loss = loss_at(logits.float(), labels, mask)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            average.update(net)
        print("epoch", epoch + 1, f"loss {loss.item():.3f}", flush=True)
    net.load_state_dict(average.state)


def new(channels, dilations):
    return Net(OUTPUTS, channels, dilations=dilations, contexts=range(len(dilations)))


def save(net, path):
    dilations = [block.conv.dilation[0] for block in net.blocks]
    torch.save({"state": net.state_dict(), "channels": net.first.out_channels, "dilations": dilations}, path)


def load(path):
    kept = torch.load(path)
    net = new(kept["channels"], kept["dilations"])
    net.load_state_dict(kept["state"])
    return net.eval()


def main(work, seed, epochs, channels, dilations=DILATIONS):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chains = Chains(work / "chains.npz", ("ss8", "ss3", "acc", "resolved"))
    net = new(channels, dilations)
    train(net, chains, rng, epochs, RATE, lambda logits, labels, mask: loss_of(logits, labels))
    save(net, work / f"net-{seed}.pt")
    print(evaluate(net, chains), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    work, *numbers = sys.argv[1:5]
    dilations = tuple(map(int, sys.argv[5].split(","))) if len(sys.argv) > 5 else DILATIONS
    main(pathlib.Path(work), *map(int, numbers), dilations)
