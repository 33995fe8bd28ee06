"""The mean of networks' weights.

    python average.py OUT.pt NET.pt NET.pt ...

Networks that settled from one and the same can be averaged weight by weight, and the mean predicts
a little better than each (Wortsman and others 2022, Model soups).
"""

import sys

import torch


def main(out, paths):
    kept = [torch.load(path) for path in paths]
    states = [one["state"] for one in kept]
    mean = {name: value if not value.dtype.is_floating_point
            else torch.stack([state[name] for state in states]).mean(0)
            for name, value in states[0].items()}
    torch.save({**kept[0], "state": mean}, out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
