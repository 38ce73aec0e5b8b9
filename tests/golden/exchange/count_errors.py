#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints how many of CIFAR-10's test images an exported net gets wrong: count_errors.py NET TEST_BATCH.

NET is a .pt or .onnx file that takes bytes (`export --with-preprocessing`), TEST_BATCH the official test_batch.bin.
Ends with 77 if the package that reads NET is missing.
"""
import pathlib
import sys

import torch


def net_from(path):
    if path.endswith(".pt"):
        return torch.jit.load(path)
    import numpy
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: torch.from_numpy(session.run(None, {name: images.numpy()})[0])


def main(path, test_batch):
    try:
        net = net_from(path)
    except ModuleNotFoundError as error:
        print(error)
        sys.exit(77)
    records = torch.frombuffer(bytearray(pathlib.Path(test_batch).read_bytes()), dtype=torch.uint8).view(-1, 3073)
    with torch.no_grad():
        scores = [net(part[:, 1:].reshape(-1, 3, 32, 32).contiguous()) for part in records.split(250)]
    print(int((torch.cat(scores).argmax(1) != records[:, 0]).sum()))


main(*sys.argv[1:])
