"""The network: dilated one-dimensional convolutions with residual connections.

Input is a one-hot code of the 21 letters and a channel that is 1 within the chain; then a wide
convolution, pre-activation residual blocks (batch normalisation, ReLU, dilated convolution), and a
linear head. Batch normalisation is a scale and a shift once trained. What a residue is also depends on how
long its chain is, for a small protein has little inside; a head can have a term for that.
"""

import torch
from torch import nn
from torch.nn import functional as F

LETTERS = 21
DROPOUT = 0.2
# Lengths beyond these count as these; the term of a chain of about 150 residues is nothing.
SHORTEST, LONGEST, USUAL = 30, 600, 5.0


class Block(nn.Module):
    def __init__(self, channels, width, dilation):
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        self.conv = nn.Conv1d(channels, channels, width, padding=dilation * (width // 2), dilation=dilation)

    def forward(self, x, mask):
        y = F.dropout(F.relu(self.norm(x)), DROPOUT, self.training)
        # What is beyond the chain is nothing, for every layer.
        return (x + self.conv(y * mask)) * mask


class Net(nn.Module):
    def __init__(self, outputs, channels=128, width=7, dilations=(1, 2, 4, 8, 16, 1), first=11):
        super().__init__()
        self.first = nn.Conv1d(LETTERS + 1, channels, first, padding=first // 2)
        self.blocks = nn.ModuleList(Block(channels, width, dilation) for dilation in dilations)
        self.norm = nn.BatchNorm1d(channels)
        self.head = nn.Conv1d(channels, outputs, 1)
        self.length = nn.Parameter(torch.zeros(outputs))

    def forward(self, letters, mask):
        """Logits (batch, outputs, length) of letters (batch, length) and mask (batch, 1, length)."""
        one_hot = F.one_hot(letters, LETTERS).transpose(1, 2).to(mask.dtype)
        x = self.first(torch.cat([one_hot * mask, mask], 1)) * mask
        for block in self.blocks:
            x = block(x, mask)
        length = mask.sum(2, keepdim=True).clamp(SHORTEST, LONGEST).log() - USUAL
        return self.head(F.relu(self.norm(x))) + self.length[:, None] * length


class Average:
    """A moving average of a network's weights, which predicts better than the last ones."""

    def __init__(self, net, decay=0.999):
        self.state = {name: value.clone() for name, value in net.state_dict().items()}
        self.decay = decay
        self.steps = 0

    def update(self, net):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in net.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)
