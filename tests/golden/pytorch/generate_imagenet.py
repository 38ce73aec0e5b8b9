#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what torchvision computes for ResNet-18, ResNet-50 and VGG-16: <net>.json beside this file, and the names of the
tensors of all its nets that are the paper's: torchvision_names.json. Needs torch 2.14.1 and torchvision 0.29.1.

Weights, inputs and probes come from formula.py. torchvision's ResNet-18 has option B, its bottlenecks the stride on the
3x3. The nets have ten classes here, so that a few numbers are all their logits.

Stored for each net, in double:
  logits, loss        4 images of 96 x 80, so that maps round up, training mode; VGG, whose dropout is not ours, 2 images
                      in evaluation mode
  gradients           of that loss
  running_statistics  the dot products, after that one forward pass
  eval_logits         evaluation mode, an image of 224 x 224; means and variances from the formula
"""
import json
import pathlib

import torch
import torch.nn.functional as F
import torchvision

from formula import MASK, dots, noise, one_line_per_entry, set_by_formula, summary

CLASSES = 10
LABELS = [(3 * i + 1) % CLASSES for i in range(4)]


def images(count, height, width):
    return noise(f"images {height}", count * 3 * height * width).view(count, 3, height, width)


def golden(name):
    net = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES).double()
    set_by_formula(net)
    net.eval()
    with torch.no_grad():
        eval_logits = net(images(1, 224, 224))
    is_vgg = name.startswith("vgg")
    count = 2 if is_vgg else 4
    net.train(not is_vgg)
    logits = net(images(count, 96, 80))
    loss = F.cross_entropy(logits, torch.tensor(LABELS[:count]))
    loss.backward()
    return {
        "torch": torch.__version__.split("+")[0],
        "torchvision": torchvision.__version__.split("+")[0],
        "logits": logits.flatten().tolist(),
        "loss": loss.item(),
        "eval_logits": eval_logits.flatten().tolist(),
        "gradients": {name: summary(p.grad) for name, p in net.named_parameters()},
        "running_statistics": {name: dots(b) for name, b in net.named_buffers() if "running" in name},
    }


def names(name):
    """How many tensors the net of 1000 classes has, and a hash (FNV-1a, 32 bits) of their sorted names and shapes."""
    with torch.device("meta"):
        state = getattr(torchvision.models, name)(weights=None).state_dict()
    lines = sorted(f"{name} {'x'.join(map(str, tensor.shape))}\n" for name, tensor in state.items())
    key = 0x811C9DC5
    for byte in "".join(lines).encode():
        key = (key ^ byte) * 0x01000193 & MASK
    return {"tensors": len(lines), "hash": key}


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    nets = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16", "vgg19"]
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(names(name))}" for name in nets)
    (folder / "torchvision_names.json").write_text(f"{{\n{lines}\n}}\n")
    for name in ["resnet18", "resnet50", "vgg16"]:
        path = folder / f"{name}.json"
        path.write_text(one_line_per_entry(golden(name)))
        print(f"{path.name}: {path.stat().st_size} bytes")
