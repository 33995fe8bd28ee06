"""Folds, rounds and writes the networks for the Rust code, and what they say of fixed sequences.

    python export.py WORK STRUCTURE.pt MEMBRANE.pt OUT

writes OUT/weights/{structure,membrane}.bin and OUT/tests/logits.json. A file has, little-endian: the
numbers of input channels, channels, outputs, blocks, width of the first convolution and of the
others (u32 each); the dilation of each block (u32); then the first convolution, for each block
scale and shift (f32 a channel) and its convolution, the scale and shift before the head, and the
head. A convolution is for each output its factor and bias (f32), then its weights (i8) by tap,
input, output: a weight is its i8 times its output's factor.
"""

import json
import pathlib
import struct
import sys

import numpy as np
import torch

import membrane
import train
from prepare import residues

SEQUENCES = [
    "TESTTESTTEST",
    "M",
    "XXXX",
    # Ubiquitin, human.
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG",
    # Bacteriorhodopsin, Halobacterium salinarum.
    "QAQITGRPEWIWLALGTALMGLGTLYFLVKGMGVSDPDAKKFYAITTLVPAIAFTMYLSMLLGYGLTMVPFGGEQNPIYWARYADWLFTTPLLLLDLALLVDADQGT"
    "ILALVGADGIMIGTGLVGALTKVYSYRFVWWAISTAAMLYILYVLFFGFTSKAESMRPEVASTFKVLRNVTVVLWSAYPVVWLIGSEGAGIVPLNIETLLFMVLDVSA"
    "KVGFGLILLRSRAIFGEAEAPEPSAGDGAAATSD",
]


def rounded(weight):
    """A convolution's weights as i8, and the factor of each output."""
    factor = weight.abs().amax((1, 2)).clamp(min=1e-8) / 127
    return (weight / factor[:, None, None]).round().to(torch.int8), factor


def floats(tensor):
    return tensor.detach().numpy().astype("<f4").tobytes()


def convolution(conv):
    whole, factor = rounded(conv.weight.detach())
    conv.weight.data = whole.float() * factor[:, None, None]
    return floats(factor) + floats(conv.bias) + whole.permute(2, 1, 0).contiguous().numpy().tobytes()


def normalisation(norm):
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return floats(scale) + floats(norm.bias - norm.running_mean * scale)


def written(net):
    """The file of a network, whose weights are rounded by the way."""
    first, blocks, head = net.first, net.blocks, net.head
    out = struct.pack("<6I", first.in_channels, first.out_channels, head.out_channels, len(blocks),
                      first.kernel_size[0], blocks[0].conv.kernel_size[0])
    out += struct.pack(f"<{len(blocks)}I", *(block.conv.dilation[0] for block in blocks))
    out += convolution(first)
    for block in blocks:
        out += normalisation(block.norm) + convolution(block.conv)
    return out + normalisation(net.norm) + convolution(head)


def said(net, sequence):
    letters = torch.from_numpy(residues(sequence).astype(np.int64))[None]
    with torch.no_grad():
        logits = net(letters, torch.ones(1, 1, len(sequence)))[0].T
    return [[round(float(value), 5) for value in row] for row in logits]


def main(structure_path, membrane_path, out):
    structure = train.load(structure_path)
    segments = membrane.network()
    segments.load_state_dict(torch.load(membrane_path)["state"])
    segments.eval()
    for name, net in (("structure", structure), ("membrane", segments)):
        content = written(net)
        (out / "weights" / f"{name}.bin").write_bytes(content)
        print(name, len(content), "bytes")
    # One residue in seven of the long ones: enough to see any difference.
    table = [{"sequence": sequence,
              "structure": said(structure, sequence)[::7],
              "membrane": said(segments, sequence)[::7]} for sequence in SEQUENCES]
    (out / "tests" / "logits.json").write_text(json.dumps(table) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4]))
