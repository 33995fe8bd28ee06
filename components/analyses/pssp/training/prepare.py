"""Reads the chains, joins what several sources know of one sequence, and splits them by sequence cluster.

    python prepare.py DATA WORK

DATA has train.jsonl.xz and membrane-train.fasta.xz; WORK gets chains.npz and membrane.npz. mmseqs2
must be on the path: chains of one cluster (30 % identity over half of the shorter) are all in
training or all in validation.
"""

import json
import lzma
import pathlib
import subprocess
import sys

import numpy as np

AMINO = "ACDEFGHIKLMNPQRSTVWYX"
SS8 = "HGIEBTSL"
SS3 = "HEC"
ACC = "BME"
UNKNOWN = -1
VALIDATION_SHARE = 0.06
SEED = 7


def encode(text, alphabet):
    return np.array([alphabet.find(letter) for letter in text], dtype=np.int8)


def residues(sequence):
    return np.array([AMINO.find(letter) if letter in AMINO else 20 for letter in sequence], dtype=np.int8)


def clusters(sequences, work):
    """The cluster of each sequence, as mmseqs2 finds them."""
    fasta = work / "all.fasta"
    fasta.write_text("".join(f">{at}\n{sequence}\n" for at, sequence in enumerate(sequences)))
    subprocess.run(
        ["mmseqs", "easy-cluster", fasta, work / "cluster", work / "tmp",
         "--min-seq-id", "0.3", "-c", "0.5", "--cov-mode", "1", "-v", "1"],
        check=True)
    cluster = np.zeros(len(sequences), dtype=np.int64)
    for line in (work / "cluster_cluster.tsv").read_text().splitlines():
        head, member = line.split("\t")
        cluster[int(member)] = int(head)
    return cluster


def split(cluster):
    """True for the sequences of validation: whole clusters, drawn until their share is reached."""
    rng = np.random.default_rng(SEED)
    names = rng.permutation(np.unique(cluster))
    chosen, count = set(), 0
    sizes = dict(zip(*np.unique(cluster, return_counts=True)))
    for name in names:
        # A large cluster would be most of the validation: the drawing goes on without it.
        if sizes[name] > 20:
            continue
        chosen.add(name)
        count += sizes[name]
        if count >= VALIDATION_SHARE * len(cluster):
            break
    return np.isin(cluster, list(chosen))


def chains(data, work):
    known = {}
    with lzma.open(data / "train.jsonl.xz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            known.setdefault(row["seq"], {}).update(row)
    sequences = list(known)
    x, ss8, ss3, acc, resolved = [], [], [], [], []
    for sequence in sequences:
        row, length = known[sequence], len(sequence)
        blank = "-" * length
        x.append(residues(sequence))
        ss8.append(encode(row.get("ss8", blank), SS8))
        ss3.append(encode(row.get("ss3", blank), SS3))
        acc.append(encode(row.get("acc", blank), ACC))
        seen = row.get("resolved")
        resolved.append(np.full(length, UNKNOWN, np.int8) if seen is None
                        else np.array([int(one) for one in seen], dtype=np.int8))
    lengths = np.array([len(sequence) for sequence in sequences])
    is_validation = split(clusters(sequences, work))
    np.savez_compressed(work / "chains.npz", x=np.concatenate(x), ss8=np.concatenate(ss8), ss3=np.concatenate(ss3),
                        acc=np.concatenate(acc), resolved=np.concatenate(resolved), lengths=lengths,
                        is_validation=is_validation)
    print(len(sequences), "chains,", int(is_validation.sum()), "of them for validation")


# What the membrane network tells apart: helix, strand, signal peptide, and the two sides.
TOPOLOGY = {"H": 0, "h": 0, "B": 1, "b": 1, "S": 2, "1": 3, "2": 4, "U": UNKNOWN}


def membrane(data, work):
    with lzma.open(data / "membrane-train.fasta.xz", "rt") as lines:
        text = lines.read().splitlines()
    sequences, labels = [], []
    for at in range(0, len(text) - 2, 3):
        sequence, label = text[at + 1], text[at + 2]
        if len(sequence) == len(label):
            sequences.append(sequence)
            labels.append(np.array([TOPOLOGY.get(letter, UNKNOWN) for letter in label], dtype=np.int8))
    lengths = np.array([len(sequence) for sequence in sequences])
    is_validation = split(clusters(sequences, work))
    np.savez_compressed(work / "membrane.npz", x=np.concatenate([residues(one) for one in sequences]),
                        label=np.concatenate(labels), lengths=lengths, is_validation=is_validation)
    print(len(sequences), "membrane records,", int(is_validation.sum()), "of them for validation")


if __name__ == "__main__":
    data, work = map(pathlib.Path, sys.argv[1:3])
    work.mkdir(parents=True, exist_ok=True)
    chains(data, work)
    membrane(data, work)
