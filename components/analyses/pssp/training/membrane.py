"""Trains the network of membrane segments, and chooses how its answers are decoded.

    python membrane.py WORK SEED MINUTES

writes WORK/membrane-SEED.pt and prints what decoding finds on the validation clusters. Decoding is
in viterbi.py, which the Rust code mirrors.
"""

import pathlib
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

from batches import Chains
from model import Average, Net
from viterbi import decode

CHANNELS, DILATIONS = 64, (1, 2, 4, 8, 16)
OUTPUTS = 5
RATE = 3e-3
# Helices and strands are rare among residues.
WEIGHT = torch.tensor([1.5, 2.0, 2.0, 1.0, 1.0])


def network():
    return Net(OUTPUTS, CHANNELS, 7, DILATIONS)


def load(path):
    net = network()
    net.load_state_dict(torch.load(path)["state"])
    return net.eval()


def main(work, seed, minutes):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chains = Chains(work / "membrane.npz", ("label",))
    net = network()
    average = Average(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    started, spent = time.time(), 0.0
    while spent < 1:
        net.train()
        for chosen in chains.epoch(rng):
            spent = (time.time() - started) / (60 * minutes)
            if spent >= 1:
                break
            rate = spent / 0.1 if spent < 0.1 else 0.5 * (1 + np.cos(np.pi * (spent - 0.1) / 0.9))
            for group in optimizer.param_groups:
                group["lr"] = RATE * max(rate, 1e-3)
            letters, mask, labels = chains.batch(chosen, rng)
            loss = F.cross_entropy(net(letters, mask), labels["label"], weight=WEIGHT, ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            average.update(net)
        print(f"{100 * min(spent, 1):.0f} % of the time, loss {loss.item():.3f}", flush=True)
    net.load_state_dict(average.state)
    torch.save({"state": net.state_dict()}, work / f"membrane-{seed}.pt")
    print(report(net.eval(), chains))


def report(net, chains):
    """Proteins found and falsely called, by what they are."""
    seen = {kind: [0, 0] for kind in ("helical", "helical, number of helices right", "others, called helical")}
    with torch.no_grad():
        for at in np.flatnonzero(chains.is_validation):
            letters, mask, labels = chains.batch([at])
            log = F.log_softmax(net(letters, mask)[0], 0).T.numpy().astype(np.float64)
            truth = labels["label"][0].numpy()
            called = decode(log)
            helices = segments(called, 0)
            if (truth == 0).any():
                count(seen, "helical", helices > 0)
                count(seen, "helical, number of helices right", helices == segments(truth, 0))
            else:
                count(seen, "others, called helical", helices > 0)
    return {kind: f"{found} of {all_}" for kind, (found, all_) in seen.items()}


def segments(labels, which):
    is_in = np.concatenate([[False], labels == which])
    return int((is_in[1:] & ~is_in[:-1]).sum())


def count(seen, kind, is_so):
    seen[kind][0] += int(is_so)
    seen[kind][1] += 1


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
