"""How good a network is on the chains of validation."""

import numpy as np
import torch

# As predicted: the most probable of P(H), P(E), and the sum of the others.
SS8, SS3 = "HGIEBTSL", "HEC"
THREE_OF_EIGHT = np.array([0, 2, 2, 1, 2, 2, 2, 2])


def predictions(net, chains):
    """Probabilities and labels of all residues of validation, one after another."""
    net.eval()
    said, labels = [], {name: [] for name in chains.names}
    with torch.no_grad():
        for at in np.flatnonzero(chains.is_validation):
            letters, mask, known = chains.batch([at])
            said.append(net(letters, mask)[0].T.numpy())
            for name, values in known.items():
                labels[name].append(values[0].numpy())
    return np.concatenate(said), {name: np.concatenate(values) for name, values in labels.items()}


def softmax(logits):
    exponent = np.exp(logits - logits.max(1, keepdims=True))
    return exponent / exponent.sum(1, keepdims=True)


def area_under_curve(score, is_positive):
    """The area under the receiver operating characteristic, by ranks (Mann and Whitney 1947)."""
    order = score.argsort()
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    positive = is_positive.sum()
    return (rank[is_positive].sum() - positive * (positive + 1) / 2) / (positive * (len(score) - positive))


def evaluate(net, chains):
    logits, labels = predictions(net, chains)
    eight = softmax(logits[:, :8])
    three = np.stack([eight[:, 0], eight[:, 3], 1 - eight[:, 0] - eight[:, 3]], 1).argmax(1)
    known = labels["ss8"] >= 0
    truth8, truth3 = labels["ss8"][known], THREE_OF_EIGHT[labels["ss8"][known]]
    result = {
        "Q8": (eight.argmax(1)[known] == truth8).mean(),
        "Q3": (three[known] == truth3).mean(),
        "recall of SS3": {SS3[at]: (three[known][truth3 == at] == at).mean() for at in range(3)},
        "recall of SS8": {SS8[at]: (eight.argmax(1)[known][truth8 == at] == at).mean() for at in range(8)},
    }
    # The chains without SS8 count G and I as helix, B as strand.
    grouped = np.stack([eight[:, :3].sum(1), eight[:, 3:5].sum(1), eight[:, 5:].sum(1)], 1).argmax(1)
    known = (labels["ss3"] >= 0) & (labels["ss8"] < 0)
    result["Q3 of the other chains"] = (grouped[known] == labels["ss3"][known]).mean()
    known = labels["acc"] >= 0
    result["ACC"] = (logits[known, 8:11].argmax(1) == labels["acc"][known]).mean()
    known = labels["resolved"] >= 0
    result["AUC of missing residues"] = area_under_curve(logits[known, 11], labels["resolved"][known] == 0)
    return rounded(result)


def rounded(value):
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    return round(float(value), 4)
