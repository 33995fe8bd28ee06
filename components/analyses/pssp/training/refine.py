"""Widens a network that is trained and trains it on, with more weight on solvent accessibility.

    python refine.py WORK NET SEED EPOCHS SETTLING CHANNELS [ACC_WEIGHT [SETTLING_RATE]]

reads a network (.bin, or .pt as training writes it) and writes WORK/net-SEED.pt. Accessibility is
known of one chain in seven only, and the network that came of distillation hardly knew it better on its
own training chains than on others: what it lacked was training, not data. New channels begin without any say in what the others compute (Chen and others
2016, Net2Net), so nothing that was learned is lost. What the old network says of each residue is a
second target beside the labels.

In the last epochs, those of settling, normalisations are what they will be when the network is used: batches of
padded chains have other means than a chain alone, which the head learns to make up for, and from
then on it also learns what the length of a chain has to do with it.
"""

import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional as F

from batches import Chains
from evaluate import evaluate
from model import Average, Net
from train import ACC_HEAD, OUTPUTS, RESOLVED_HEAD, SS8_HEAD, load, loss_of
from weights import read

RATE = 1e-3
SETTLING_RATE = 5e-4
# The term of the chain's length is one number a class, and far from where it will be.
LENGTH_RATE = 1e-2
ACC_WEIGHT = 2.0
# Of what the old network says, beside the labels; of accessibility only where there is no label.
OLD_WEIGHT = 0.5
WARMING = 0.03


def load_any(path):
    """A network as training wrote it (.pt), or as it is used (.bin)."""
    return load(path) if path.suffix == ".pt" else read(path)


def widened(old, channels):
    """The same function, by a network of more channels."""
    new, kept = Net(OUTPUTS, channels), old.first.out_channels
    for wide, narrow in zip(convolutions(new), convolutions(old)):
        ins, outs = narrow.in_channels, narrow.out_channels
        with torch.no_grad():
            wide.weight[:outs, ins:] = 0
            wide.weight[:outs, :ins] = narrow.weight
            wide.bias[:outs] = narrow.bias
    new.length.data.copy_(old.length.data)
    for wide, narrow in zip(normalisations(new), normalisations(old)):
        for name in ("weight", "bias", "running_mean", "running_var"):
            getattr(wide, name).data[:kept] = getattr(narrow, name).data
    return new


def convolutions(net):
    return [net.first, *(block.conv for block in net.blocks), net.head]


def normalisations(net):
    return [*(block.norm for block in net.blocks), net.norm]


def measure(net, chains, rng, kept, batches=40):
    """Gives each normalisation the mean and variance of what comes to it, and leaves unchanged what the
    old channels compute: a network read from a file has them in scale and shift."""
    seen = {norm: [] for norm in normalisations(net)}
    hooks = [norm.register_forward_pre_hook(lambda norm, args: seen[norm].append(
        torch.stack([args[0].mean((0, 2)), args[0].square().mean((0, 2))]))) for norm in seen]
    net.eval()
    with torch.no_grad():
        for _, chosen in zip(range(batches), chains.epoch(rng)):
            letters, mask, _ = chains.batch(chosen, rng)
            net(letters, mask)
    for hook in hooks:
        hook.remove()
    for norm, moments in seen.items():
        mean, square = torch.stack(moments).mean(0)
        variance = square - mean.square()
        scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).data[:kept].clone()
        shift = norm.bias.data[:kept] - norm.running_mean[:kept] * scale
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data[:kept] = scale * torch.sqrt(variance[:kept] + norm.eps)
        norm.bias.data[:kept] = shift + scale * mean[:kept]


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


def taught(logits, labels, mask, of_labelled):
    """How far a network is from what was said before; of accessibility perhaps only where there is no label."""
    old = labels["old"].transpose(1, 2).float()
    soft = lambda head: -(F.log_softmax(logits[:, head], 1) * old[:, head].softmax(1)).sum(1)
    acc = soft(ACC_HEAD)
    each = soft(SS8_HEAD) + (acc if of_labelled else torch.where(labels["acc"] >= 0, 0.0, acc))
    each = each + 2 * F.binary_cross_entropy_with_logits(
        logits[:, RESOLVED_HEAD], old[:, RESOLVED_HEAD].sigmoid(), reduction="none")[:, 0]
    weight = mask[:, 0]
    return (each * weight).sum() / weight.sum()


def train(net, chains, rng, epochs, rate, loss_at, is_settling):
    """Gives the moving average of the network as it is trained."""
    average = Average(net)
    others = [value for name, value in net.named_parameters() if name != "length"]
    # Outside of settling the term of the length stays as it is.
    groups = [{"params": others, "peak": rate}]
    if is_settling:
        groups.append({"params": [net.length], "peak": LENGTH_RATE, "weight_decay": 0.0})
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
    for epoch in range(epochs):
        net.train()
        if is_settling:
            for norm in normalisations(net):
                norm.eval()
        batches = list(chains.epoch(rng))
        for at, chosen in enumerate(batches):
            spent = (epoch + at / len(batches)) / epochs
            part = spent / WARMING if spent < WARMING else 0.5 * (1 + np.cos(np.pi * (spent - WARMING) / (1 - WARMING)))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * max(part, 1e-3)
            letters, mask, labels = chains.batch(chosen, rng)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(letters, mask)
            logits = logits.float()
            loss = loss_at(logits, labels, mask)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            average.update(net)
        print("epoch", epoch + 1, f"loss {loss.item():.3f}", flush=True)
    net.load_state_dict(average.state)


def main(work, path, seed, epochs, settling, channels, acc_weight=ACC_WEIGHT, settling_rate=SETTLING_RATE):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chains = Chains(work / "chains.npz", ("ss8", "ss3", "acc", "resolved"))
    old = load_any(path)
    print("before", evaluate(old, chains), flush=True)
    chains.add("old", sayings(old, chains))
    net = widened(old, channels)
    measure(net, chains, rng, old.first.out_channels)

    def loss_at(logits, labels, mask):
        return loss_of(logits, labels, acc_weight) + OLD_WEIGHT * taught(logits, labels, mask, False)

    for count, rate, is_settling in ((epochs, RATE, False), (settling, settling_rate, True)):
        if count > 0:
            train(net, chains, rng, count, rate, loss_at, is_settling)
            torch.save({"state": net.state_dict(), "channels": channels}, work / f"net-{seed}.pt")
            print("settled" if is_settling else "trained", evaluate(net, chains), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:7]), *map(float, sys.argv[7:9]))
