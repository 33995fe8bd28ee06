"""The network: dilated one-dimensional convolutions with residual connections.

Input is a one-hot code of the 21 letters and a channel that is 1 within the chain; then a wide
convolution, pre-activation residual blocks (batch normalisation, ReLU, dilated convolution), and a
linear head. Batch normalisation is a scale and a shift once trained. A block can have a context: what every
residue gains by the mean of all residues, so that the whole chain is seen, however long. What a residue is
also depends on how long its chain is, for a small protein has little inside; a head can have a term for that.
"""

import torch
from torch import nn
from torch.nn import functional as F

LETTERS = 21
DROPOUT = 0.2
# Lengths beyond these count as these; the term of a chain of about 150 residues is nothing.
SHORTEST, LONGEST, USUAL = 30, 600, 5.0


class Block(nn.Module):
    def __init__(self, channels, width, dilation, has_context):
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        self.conv = nn.Conv1d(channels, channels, width, padding=dilation * (width // 2), dilation=dilation)
        self.context = None
        if has_context:
            self.context = nn.Conv1d(channels, channels, 1)
            # Nothing at first: a network that is trained can be given contexts.
            nn.init.zeros_(self.context.weight)
            nn.init.zeros_(self.context.bias)

    def forward(self, x, mask):
        y = F.relu(self.norm(x)) * mask
        change = self.conv(F.dropout(y, DROPOUT, self.training))
        if self.context is not None:
            mean = y.float().sum(2, keepdim=True) / mask.float().sum(2, keepdim=True)
            change = change + self.context(F.dropout(mean, DROPOUT, self.training))
        # What is beyond the chain is nothing, for every layer.
        return (x + change) * mask


class Net(nn.Module):
    def __init__(self, outputs, channels=128, width=7, dilations=(1, 2, 4, 8, 16, 1), first=11, contexts=()):
        super().__init__()
        self.first = nn.Conv1d(LETTERS + 1, channels, first, padding=first // 2)
        self.blocks = nn.ModuleList(
            Block(channels, width, dilation, at in contexts) for at, dilation in enumerate(dilations))
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

    def normalisations(self):
        yield from (block.norm for block in self.blocks)
        yield self.norm


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
