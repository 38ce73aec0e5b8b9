#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds exported nets against what C++ computed.

    check_exported.py NET VALUES OPTION [NET VALUES OPTION]...

NET is a .pt or .onnx file, VALUES a safetensors file with `images` and the `logits` that C++ gives for them in
evaluation mode, OPTION is none (a plain net), A, B or C, or alone for a net that nothing else is asked of. The state of a .pt file that takes normalised numbers must
fit, strictly, the net of that kind that a PyTorch user wrote (../golden/pytorch/cifar_net.py), and both train alike.
Ends with 77 if nothing is wrong but a package was missing for some net.
"""
import json
import pathlib
import struct
import sys

import torch

TYPES = {"F32": torch.float32, "U8": torch.uint8}


def read_values(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    values = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values[name] = torch.frombuffer(bytearray(data[start:end]), dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return values


def require_close(what, got, expected, tolerance):
    difference = abs(got - expected).max() / abs(expected).max()
    print(f"{what}: relative difference {difference:.1e}")
    assert difference <= tolerance, what


def check_onnx(path, values):
    import onnx
    import onnxruntime

    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {session.get_inputs()[0].name: values["images"].numpy()})
    require_close("onnxruntime", torch.from_numpy(logits), values["logits"], 1e-5)
    print(sorted(session.get_modelmeta().custom_metadata_map))


def check_torchscript(path, values, option):
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden" / "pytorch"))
    from cifar_net import CifarNet

    images = values["images"]
    files = {"classes.txt": "", "input.json": ""}
    net = torch.jit.load(path, _extra_files=files)
    print(json.loads(files["input.json"])["takes"], files["classes.txt"].split(b"\n")[0])
    with torch.no_grad():
        require_close("Python", net(images), values["logits"], 1e-6)
    if option == "alone" or images.dtype == torch.uint8 or not list(net.parameters()):
        return
    blocks = len(list(net.layer1.children()))
    theirs = CifarNet(blocks, option != "none", option)
    theirs.load_state_dict(net.state_dict(), strict=True)
    require_close("their net", theirs.eval()(images).detach(), values["logits"], 1e-5)
    # In float64: in float32 a rounding can turn a ReLU on in one net and off in the other, which a step then magnifies.
    images = images.double()
    losses = [[], []]
    for kind, trained in enumerate([net.double().train(), theirs.double().train()]):
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.01, momentum=0.9)
        for _ in range(3):
            loss = torch.nn.functional.cross_entropy(trained(images), torch.arange(len(images)) % 7)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[kind].append(loss.item())
    print(losses)
    require_close("three steps of training", *torch.tensor(losses, dtype=torch.float64), 1e-4)


def main():
    is_skipped = False
    for path, values, option in zip(*[iter(sys.argv[1:])] * 3):
        print(path, option)
        try:
            if path.endswith(".onnx"):
                check_onnx(path, read_values(values))
            else:
                check_torchscript(path, read_values(values), option)
        except ModuleNotFoundError as error:
            print("skipped:", error)
            is_skipped = True
    sys.exit(77 if is_skipped else 0)


main()
