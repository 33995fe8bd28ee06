"""Folds, rounds and writes the networks for the Rust code, and what they say of fixed sequences.

    python export.py STRUCTURE MEMBRANE OUT

writes OUT/weights/{structure,membrane}.bin and OUT/tests/logits.json. STRUCTURE and MEMBRANE are what
training wrote (.pt), or files that were written here before (.bin).
"""

import json
import pathlib
import sys

import numpy as np
import torch

import membrane
import train
import weights
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


def said(net, sequence):
    letters = torch.from_numpy(residues(sequence).astype(np.int64))[None]
    with torch.no_grad():
        logits = net(letters, torch.ones(1, 1, len(sequence)))[0].T
    return [[round(float(value), 5) for value in row] for row in logits]


def main(structure_path, membrane_path, out):
    structure = weights.read(structure_path) if structure_path.suffix == ".bin" else train.load(structure_path)
    segments = weights.read(membrane_path) if membrane_path.suffix == ".bin" else membrane.load(membrane_path)
    for name, net in (("structure", structure), ("membrane", segments)):
        content = weights.written(net)
        (out / "weights" / f"{name}.bin").write_bytes(content)
        print(name, len(content), "bytes")
    # One residue in seven of the long ones: enough to see any difference.
    table = [{"sequence": sequence,
              "structure": said(structure, sequence)[::7],
              "membrane": said(segments, sequence)[::7]} for sequence in SEQUENCES]
    (out / "tests" / "logits.json").write_text(json.dumps(table) + "\n")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:4]))
