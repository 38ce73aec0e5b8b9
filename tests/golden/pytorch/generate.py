#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what Python PyTorch computes for the CIFAR-10 nets: <net>.json beside this file. Needs torch 2.13 alone.

The nets are those of cifar_net.py, written a second time and sharing no line with the C++ code. Weights, inputs and probes
come from formula.py.

Stored for each net, in double unless said otherwise:
  logits, loss        training mode, 4 images
  gradients           of that loss, whole or as `summary` says: the 270,000 numbers themselves would be 5 MB a net
  running_statistics  the dot products, after that one forward pass
  eval_logits         evaluation mode, with means and variances from the formula
  float32             logits and loss in single precision, training mode. Biases lie around 0.75, so that rounding
                      grows little from layer to layer: single precision then errs by some 3e-6, below the 1e-5 asked
  sgd_losses          ten steps of torch.optim.SGD, each on its own 4 images: momentum 0.9, weight decay 1e-4, rate 0.1,
                      and 0.01 after five steps. The authors' solver keeps v = m v + rate g, PyTorch v = m v + g; so at
                      the drop the buffers are multiplied by old rate / new rate, after which the two are the same.
"""
import pathlib

import torch
import torch.nn.functional as F

from cifar_net import CifarNet
from formula import dots, noise, one_line_per_entry, set_by_formula, summary


def images(step):
    return noise(f"images {step}", 4 * 3 * 32 * 32).view(4, 3, 32, 32)


LABELS = torch.tensor([(3 * i + 1) % 10 for i in range(4)])


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


if __name__ == "__main__":
    for name, residual, option in [("plain20", False, "A"), ("resnet20", True, "A"), ("resnet20_b", True, "B"),
                                   ("resnet20_c", True, "C")]:
        path = pathlib.Path(__file__).with_name(name + ".json")
        path.write_text(one_line_per_entry(golden(3, residual, option)))
        print(f"{path.name}: {path.stat().st_size} bytes")
