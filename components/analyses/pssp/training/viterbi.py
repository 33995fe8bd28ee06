"""From the network's log-probabilities to membrane segments: the most probable path through a
grammar, with helices of 15 to 35 residues (Viterbi 1967).

Strands of barrels are a class of the network, so that they are not taken for helices, but are not
called: on the validation clusters none of the barrels was found.
"""

import numpy as np

HELIX, STRAND, SIGNAL, INSIDE, OUTSIDE = range(5)
# Shortest and longest segment of each kind.
LENGTHS = {HELIX: (15, 35), SIGNAL: (10, 70)}
# What a segment costs, in units of log-probability: fewer false calls, and fewer found. Less than nothing
# for a helix, of which the network says too little.
COST = {HELIX: -2.0, SIGNAL: 2.0}
# Residues on the new side before the next helix.
LOOP = 3
# Sides, between segments: a segment leads from one to the other. A signal peptide comes first of all
# and leads outside.
SIDES = (INSIDE, OUTSIDE)
# How much it counts on which side a residue is, beside that it is on one. A protein that is secreted
# can look for hundreds of residues as if it were inside: were they all counted in full, a helix that
# takes it there would be worth any price.
SIDES_WEIGHT = 0.03


def weighed(log):
    """Log-probabilities in which the sides count for little."""
    log = log.copy()
    either = np.logaddexp(log[:, INSIDE], log[:, OUTSIDE])
    for side in SIDES:
        log[:, side] = either + SIDES_WEIGHT * (log[:, side] - either)
    return log


def decode(log):
    """The class of each residue; `log` is (length, 5), log-probabilities."""
    log = weighed(log)
    length = len(log)
    total = np.vstack([np.zeros(5), np.cumsum(log, 0)])
    # best[at][side]: the best score of the first `at` residues, ending on that side.
    best = np.full((length + 1, 2), -np.inf)
    came = [[None, None] for _ in range(length + 1)]
    best[0] = 0.0
    for at in range(1, length + 1):
        for side in (0, 1):
            score, origin = best[at - 1][side] + log[at - 1][SIDES[side]], (at - 1, side, SIDES[side])
            shortest, longest = LENGTHS[HELIX]
            end = at - LOOP
            for segment in range(shortest, min(longest, end) + 1):
                begin = end - segment
                other = best[begin][1 - side] + total[end][HELIX] - total[begin][HELIX] - COST[HELIX]
                other += total[at][SIDES[side]] - total[end][SIDES[side]]
                if other > score:
                    score, origin = other, (begin, 1 - side, HELIX)
            shortest, longest = LENGTHS[SIGNAL]
            if side == 1 and shortest <= at <= longest:
                first = total[at][SIGNAL] - COST[SIGNAL]
                if first > score:
                    score, origin = first, (0, 0, SIGNAL)
            best[at][side], came[at][side] = score, origin
    side = int(best[length][1] > best[length][0])
    at, labels = length, np.zeros(length, np.int64)
    while at > 0:
        begin, before, label = came[at][side]
        labels[begin:at] = label
        if label == HELIX:
            labels[at - LOOP:at] = SIDES[side]
        at, side = begin, before
    return labels
