# SPDX-License-Identifier: MIT
"""What round_trip_test.cpp gives to Python: reads the nets that it wrote, strictly, and writes them again.

For each net in the folder: <net>.pth and <net>.safetensors must load into Python's own net and be equal; it is then
written as <net>.zip.pth, <net>.old.pth and <net>.again.safetensors. Its logits on a formula's images go to <net>.logits. The exported <net>.pt must
hold the same state; it is written again as <net>.again.pt, and its state_dict as <net>.script.pth.
"""
import json
import pathlib
import struct
import sys

import torch

from nets import NETS

DTYPES = {"F32": torch.float32, "I64": torch.int64}


def load_safetensors(path):
    bytes_ = path.read_bytes()
    (length,) = struct.unpack("<Q", bytes_[:8])
    data = bytearray(bytes_[8 + length :])
    header = json.loads(bytes_[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(data[slice(*entry["data_offsets"])], dtype=DTYPES[entry["dtype"]]).view(entry["shape"])
        for name, entry in header.items()
    }


def save_safetensors(tensors, path):
    """As the package of that name does it, which need not be there."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        bytes_ = bytes(tensor.reshape(-1).view(torch.uint8).tolist())
        offsets = [len(data), len(data) + len(bytes_)]
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


folder = pathlib.Path(sys.argv[1])
images = ((torch.arange(2 * 3 * 32 * 32) * 37 % 101 - 50) / 50).view(2, 3, 32, 32)
for name, make in NETS.items():
    net = make()
    state = torch.load(folder / f"{name}.pth", weights_only=True)
    assert list(state) == list(net.state_dict()), f"{name}: the names, or their order, differ"
    net.load_state_dict(state, strict=True)
    mapped = torch.load(folder / f"{name}.pth", weights_only=True, mmap=True)
    other = load_safetensors(folder / f"{name}.safetensors")
    assert set(other) == set(state)
    for key, tensor in net.state_dict().items():
        assert torch.equal(tensor, other[key]) and torch.equal(tensor, mapped[key]), f"{name}: {key} differs"
    torch.save(net.state_dict(), folder / f"{name}.zip.pth")
    torch.save({"state_dict": net.state_dict()}, folder / f"{name}.old.pth", _use_new_zipfile_serialization=False)
    save_safetensors(net.state_dict(), folder / f"{name}.again.safetensors")
    (folder / f"{name}.logits").write_text(json.dumps(net.eval()(images).flatten().tolist()))
    script = torch.jit.load(folder / f"{name}.pt")
    assert list(script.state_dict()) == list(state), f"{name}: the names in TorchScript, or their order, differ"
    for key, tensor in script.state_dict().items():
        assert torch.equal(tensor, state[key]), f"{name}: {key} differs in TorchScript"
    torch.save(script.state_dict(), folder / f"{name}.script.pth")
    torch.jit.save(script, folder / f"{name}.again.pt")
