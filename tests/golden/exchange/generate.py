#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes nets as Python users save them: the .pth files beside this one. Needs torch 2.13 alone.

Every number is a formula of its tensor's place and its own: import_test.cpp repeats it. Its values are exact in 16 bits,
and few, so that git packs the files small.
"""
import argparse
import collections
import io
import pathlib
import pickle
import struct
import tarfile

import torch

from nets import NETS

FOLDER = pathlib.Path(__file__).parent


def set_by_formula(net):
    for place, tensor in enumerate(net.state_dict().values()):
        if tensor.dim() == 0:
            tensor.fill_(place)
        else:
            numbers = (torch.arange(tensor.numel()) * 37 + place * 11) % 101
            tensor.copy_(((numbers + 1) / 128).view(tensor.shape))


def net(name):
    made = NETS[name]()
    set_by_formula(made)
    return made


def save(content, name, **options):
    torch.save(content, FOLDER / name, **options)
    print(f"{name}: {(FOLDER / name).stat().st_size} bytes")


def save_first_form(state_dict, name):
    """As torch.save did in 2016, of which today's torch.load still reads what this writes: a tar of four pickles, in which
    tensors and storages lie by the numbers that were their addresses."""
    address = {key: 1000 + 2 * place for place, key in enumerate(state_dict)}
    kinds = {torch.float32: "Float", torch.int64: "Long"}

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return str(address[next(k for k, v in state_dict.items() if v is value)]) if torch.is_tensor(value) else None

    def pickled(value, pickler=pickle.Pickler):
        target = io.BytesIO()
        pickler(target, protocol=2).dump(value)
        return target.getvalue()

    def class_of(tensor, kind):
        return getattr(torch, kinds[tensor.dtype] + kind)

    tensors = storages = pickled(len(state_dict))
    for key, tensor in state_dict.items():
        tensors += pickled((address[key], address[key] + 1, class_of(tensor, "Tensor")))
        sizes = [*tensor.shape, *tensor.stride(), tensor.storage_offset()]
        tensors += struct.pack(f"<q{len(sizes)}q", tensor.dim(), *sizes)
        storages += pickled((address[key] + 1, "cpu", class_of(tensor, "Storage")))
        storages += struct.pack("<q", tensor.numel()) + bytes(tensor.untyped_storage())
    members = {
        "sys_info": pickled({"protocol_version": 1000, "little_endian": True, "type_sizes": {"int": 4, "long": 8}}),
        "pickle": pickled(state_dict, Pickler),
        "tensors": tensors,
        "storages": storages + pickled([]),
    }
    with tarfile.open(FOLDER / name, "w:", format=tarfile.PAX_FORMAT) as tar:
        for member, content in members.items():
            facts = tarfile.TarInfo(member)
            facts.size = len(content)
            facts.mtime = 1477777777.25
            tar.addfile(facts, io.BytesIO(content))
    for key, tensor in torch.load(FOLDER / name, weights_only=False).items():
        assert torch.equal(tensor, state_dict[key]), key
    print(f"{name}: {(FOLDER / name).stat().st_size} bytes")


# A state_dict, as it is.
save(net("plain8").state_dict(), "plain8.pth")

# The same in the first form.
save_first_form(net("plain8").state_dict(), "plain8_first_form.pth")

# A training checkpoint in the old form, of a net in DataParallel, under akamaster's name for the last layer; with the
# arguments of the program.
resnet = net("resnet8_A")
resnet.linear = resnet.fc
del resnet.fc
save(
    {
        "epoch": 7,
        "best_prec1": 91.25,
        "args": argparse.Namespace(arch="resnet8", lr=0.1, milestones=(100, 150)),
        "state_dict": torch.nn.DataParallel(resnet).state_dict(),
    },
    "resnet8_a_checkpoint.pth",
    _use_new_zipfile_serialization=False,
)

# Half precision, the whole of it compiled by torch.compile, parameters as Parameters, under 'model'.
half = net("resnet8_B").half()
named = collections.OrderedDict(("_orig_mod." + name, tensor) for name, tensor in half.state_dict(keep_vars=True).items())
save({"model": named, "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(3)}}}}, "resnet8_b_half.pth")

# bfloat16 in the old form, weights channels-last, last layer called classifier.
brain = net("resnet8_C").to(torch.bfloat16).to(memory_format=torch.channels_last)
state = {name.replace("fc.", "classifier."): tensor for name, tensor in brain.state_dict().items()}
save(state, "resnet8_c_bfloat16.pth", _use_new_zipfile_serialization=False)
