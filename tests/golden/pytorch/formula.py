# SPDX-License-Identifier: MIT
"""Numbers from a formula on integers, which formula.hpp repeats: both languages get the same bits, and no weights need to
be stored. And what is stored of a tensor that is too large to be stored whole."""
import json
import math

import torch

MASK = 0xFFFFFFFF


def mix(x):  # lowbias32, Chris Wellons, public domain; of a number or of a tensor of int64, whose products may wrap
    x = x ^ x >> 16
    x = x * 0x7FEB352D & MASK
    x = x ^ x >> 15
    x = x * 0x846CA68B & MASK
    return x ^ x >> 16


def noise(name, count):
    """`count` numbers in (-1, 1), a function of the name and the index alone; exact in double."""
    key = 0x811C9DC5
    for byte in name.encode():
        key = (key ^ byte) * 0x01000193 & MASK
    values = torch.empty(count, dtype=torch.float64)
    for part, first in zip(values.split(1 << 20), range(0, max(count, 1), 1 << 20)):
        mixed = mix(key ^ mix(torch.arange(first, first + part.numel())))
        part.copy_((2 * mixed + 1).double() / 2**32 - 1)
    return values


CENTRE = {"weight": 1, "bias": 0.75, "running_mean": 0, "running_var": 1}


def set_by_formula(net):
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            u = noise(name, tensor.numel()).view(tensor.shape)
            if tensor.dim() > 1:
                fan_in = tensor.numel() // tensor.size(0)
                u = math.sqrt(6 / fan_in) * u
            else:
                u = CENTRE[name.rpartition(".")[2]] + 0.25 * u
            tensor.copy_(u)


def dots(tensor):
    flat = tensor.detach().flatten()
    return [torch.dot(flat, noise(f"probe {k}", flat.numel())).item() for k in range(3)]


def summary(tensor):
    """A tensor of up to 32 numbers whole. Of a larger one: its L2 norm, its sum and its dot products with three noise
    vectors. One wrong element anywhere moves each product by its error times a number in (-1, 1), so the three cannot
    all miss it."""
    flat = tensor.detach().flatten()
    if flat.numel() <= 32:
        return {"values": flat.tolist()}
    return {"norm": flat.norm().item(), "sum": flat.sum().item(), "dots": dots(flat)}


def one_line_per_entry(value):
    entries = []
    for key, item in value.items():
        if key in ("gradients", "running_statistics"):
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in item.items())
            entries.append(f"{json.dumps(key)}: {{\n{lines}\n}}")
        else:
            entries.append(f"{json.dumps(key)}: {json.dumps(item)}")
    return "{\n" + ",\n".join(entries) + "\n}\n"
