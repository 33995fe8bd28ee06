"""Batches of chains of similar length, padded."""

import numpy as np
import torch

TOKENS = 8192
LONGEST = 700
X = 20
MASKED_SHARE = 0.06


class Chains:
    """Chains with any number of arrays of labels, all of one value a residue."""

    def __init__(self, path, names):
        arrays = np.load(path)
        self.names = names
        self.lengths = arrays["lengths"]
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.arrays = {name: arrays[name] for name in ("x", *names)}
        self.is_validation = arrays["is_validation"]

    def batch(self, chosen, rng=None):
        """Letters, mask and labels of some chains; with `rng` long ones are cut and letters masked."""
        pieces = []
        for at in chosen:
            start, length = self.starts[at], self.lengths[at]
            if rng is not None and length > LONGEST:
                start, length = start + rng.integers(length - LONGEST + 1), LONGEST
            pieces.append((start, length))
        longest = max(length for _, length in pieces)
        out = {name: np.full((len(pieces), longest), -1, np.int64) if array.ndim == 1
               else np.zeros((len(pieces), longest, array.shape[1]), array.dtype)
               for name, array in self.arrays.items()}
        mask = np.zeros((len(pieces), 1, longest), np.float32)
        for row, (start, length) in enumerate(pieces):
            mask[row, 0, :length] = 1
            for name, array in self.arrays.items():
                out[name][row, :length] = array[start:start + length]
        letters = np.where(out["x"] < 0, X, out["x"])
        if rng is not None:
            letters[rng.random(letters.shape) < MASKED_SHARE] = X
        labels = {name: torch.from_numpy(out[name]) for name in self.names}
        return torch.from_numpy(letters), torch.from_numpy(mask), labels

    def add(self, name, values):
        """One more array, of a row of values for each residue; 0 beyond a chain."""
        self.arrays[name] = values
        self.names = (*self.names, name)

    def epoch(self, rng):
        """The chains of training in batches, in a new order each time."""
        at = np.flatnonzero(~self.is_validation)
        at = at[np.argsort(self.lengths[at] + rng.integers(0, 40, len(at)))]
        batches = self.batches(at)
        for index in rng.permutation(len(batches)):
            yield batches[index]

    def batches(self, at):
        batches, batch, longest = [], [], 0
        for one in at:
            length = min(self.lengths[one], LONGEST)
            if batch and max(longest, length) * (len(batch) + 1) > TOKENS:
                batches.append(batch)
                batch, longest = [], 0
            batch.append(one)
            longest = max(longest, length)
        batches.append(batch)
        return batches
