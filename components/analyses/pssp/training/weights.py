"""The files of the networks, as the Rust code reads them.

Little-endian: the numbers of input channels, channels, outputs, blocks, width of the first convolution
and of the others (u32 each); for each block its dilation and whether it has a context (u32 each);
then the first convolution, for each block scale and shift (f32 a channel), its convolution and that of
its context if it has one, the scale and shift before the head, the head, and what each output gains
with the logarithm of the chain's length (f32). A convolution is for each output its factor and bias
(f32), then its weights (i8) by tap, input, output: a weight is its i8 times its output's factor.
"""

import struct

import numpy as np
import torch

from model import Net


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
    for block in blocks:
        out += struct.pack("<2I", block.conv.dilation[0], block.context is not None)
    out += convolution(first)
    for block in blocks:
        out += normalisation(block.norm) + convolution(block.conv)
        if block.context is not None:
            out += convolution(block.context)
    return out + normalisation(net.norm) + convolution(head) + floats(net.length)


class Reader:
    """Reads what was written."""

    def __init__(self, path):
        self.content, self.at = path.read_bytes(), 0

    def numbers(self, count):
        self.at += 4 * count
        return struct.unpack(f"<{count}I", self.content[self.at - 4 * count:self.at])

    def floats(self, count):
        self.at += 4 * count
        return torch.from_numpy(np.frombuffer(self.content, "<f4", count, self.at - 4 * count).copy())

    def convolution(self, conv):
        factor, bias = self.floats(conv.out_channels), self.floats(conv.out_channels)
        shape = conv.kernel_size[0], conv.in_channels, conv.out_channels
        whole = np.frombuffer(self.content, np.int8, int(np.prod(shape)), self.at).reshape(shape)
        self.at += whole.size
        conv.weight.data = torch.from_numpy(whole.copy()).permute(2, 1, 0).float() * factor[:, None, None]
        conv.bias.data = bias

    def normalisation(self, norm):
        norm.weight.data, norm.bias.data = self.floats(norm.num_features), self.floats(norm.num_features)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)


def read(path):
    """The network of a file."""
    reader = Reader(path)
    _, channels, outputs, blocks, first, width = reader.numbers(6)
    shapes = [reader.numbers(2) for _ in range(blocks)]
    contexts = [at for at, (_, has_context) in enumerate(shapes) if has_context]
    net = Net(outputs, channels, width, [dilation for dilation, _ in shapes], first, contexts)
    reader.convolution(net.first)
    for block in net.blocks:
        reader.normalisation(block.norm)
        reader.convolution(block.conv)
        if block.context is not None:
            reader.convolution(block.context)
    reader.normalisation(net.norm)
    reader.convolution(net.head)
    net.length.data = reader.floats(outputs)
    return net.eval()
