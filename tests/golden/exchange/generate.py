#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes nets as Python users save them: the .pth files beside this one. Needs torch 2.13 alone.

Every number is a formula of its tensor's place and its own: import_test.cpp repeats it. Its values are exact in 16 bits,
and few, so that git packs the files small.
"""
import argparse
import collections
import pathlib

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


# A state_dict, as it is.
save(net("plain8").state_dict(), "plain8.pth")

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
