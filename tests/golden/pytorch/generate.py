#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what Python PyTorch computes for the CIFAR-10 nets: <net>.json beside this file. Needs torch 2.13 alone.

The nets are those of cifar_net.py, written a second time and sharing no line with the C++ code.
Weights, inputs and probes come from a formula on integers (see `noise`), which cifar_net_test.cpp repeats: both
languages get the same bits, and no weights need to be stored.

Stored for each net, in double unless said otherwise:
  logits, loss        training mode, 4 images
  gradients           of that loss. A tensor of up to 32 numbers is stored whole. Of a larger one: its L2 norm, its sum
                      and its dot products with three noise vectors. One wrong element anywhere moves each product by
                      its error times a number in (-1, 1), so the three cannot all miss it; the 270,000 numbers
                      themselves would be 5 MB a net.
  running_statistics  the dot products, after that one forward pass
  eval_logits         evaluation mode, with means and variances from the formula
  float32             logits and loss in single precision, training mode. Biases lie around 0.75, so that rounding
                      grows little from layer to layer: single precision then errs by some 3e-6, below the 1e-5 asked
  sgd_losses          ten steps of torch.optim.SGD, each on its own 4 images: momentum 0.9, weight decay 1e-4, rate 0.1,
                      and 0.01 after five steps. The authors' solver keeps v = m v + rate g, PyTorch v = m v + g; so at
                      the drop the buffers are multiplied by old rate / new rate, after which the two are the same.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

from cifar_net import CifarNet

MASK = 0xFFFFFFFF


def mix(x):  # lowbias32, Chris Wellons, public domain
    x ^= x >> 16
    x = x * 0x7FEB352D & MASK
    x ^= x >> 15
    x = x * 0x846CA68B & MASK
    return x ^ x >> 16


def noise(name, count):
    """`count` numbers in (-1, 1), a function of the name and the index alone; exact in double."""
    key = 0x811C9DC5
    for byte in name.encode():
        key = (key ^ byte) * 0x01000193 & MASK
    return torch.tensor([(2 * mix(key ^ mix(i)) + 1) / 2**32 - 1 for i in range(count)], dtype=torch.float64)


def images(step):
    return noise(f"images {step}", 4 * 3 * 32 * 32).view(4, 3, 32, 32)


LABELS = torch.tensor([(3 * i + 1) % 10 for i in range(4)])
PROBES = [noise(f"probe {k}", 64 * 64 * 9) for k in range(3)]


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
    return [torch.dot(flat, probe[: flat.numel()]).item() for probe in PROBES]


def summary(tensor):
    flat = tensor.detach().flatten()
    if flat.numel() <= 32:
        return {"values": flat.tolist()}
    return {"norm": flat.norm().item(), "sum": flat.sum().item(), "dots": dots(flat)}


def sgd_losses(net):
    set_by_formula(net)
    net.train()
    rate = 0.1
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, weight_decay=1e-4)
    losses = []
    for step in range(10):
        if step == 5:
            for group in optimizer.param_groups:
                group["lr"] = 0.01
            for state in optimizer.state.values():
                state["momentum_buffer"].mul_(0.1 / 0.01)
        loss = F.cross_entropy(net(images(step)), LABELS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def golden(n, residual, option):
    net = CifarNet(n, residual, option).double()
    set_by_formula(net)
    net.eval()
    eval_logits = net(images(0))
    net.train()
    logits = net(images(0))
    loss = F.cross_entropy(logits, LABELS)
    loss.backward()
    result = {
        "torch": torch.__version__.split("+")[0],
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
        "eval_logits": eval_logits.flatten().tolist(),
        "gradients": {name: summary(p.grad) for name, p in net.named_parameters()},
        "running_statistics": {name: dots(b) for name, b in net.named_buffers() if "running" in name},
        "sgd_losses": sgd_losses(net),
    }
    single = CifarNet(n, residual, option)
    set_by_formula(single)
    logits = single(images(0).float())
    result["float32"] = {"logits": logits.flatten().tolist(), "loss": F.cross_entropy(logits, LABELS).item()}
    return result


def one_line_per_entry(value):
    entries = []
    for key, item in value.items():
        if key in ("gradients", "running_statistics"):
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in item.items())
            entries.append(f"{json.dumps(key)}: {{\n{lines}\n}}")
        else:
            entries.append(f"{json.dumps(key)}: {json.dumps(item)}")
    return "{\n" + ",\n".join(entries) + "\n}\n"


if __name__ == "__main__":
    for name, residual, option in [("plain20", False, "A"), ("resnet20", True, "A"), ("resnet20_b", True, "B"),
                                   ("resnet20_c", True, "C")]:
        path = pathlib.Path(__file__).with_name(name + ".json")
        path.write_text(one_line_per_entry(golden(3, residual, option)))
        print(f"{path.name}: {path.stat().st_size} bytes")
