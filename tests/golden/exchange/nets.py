# SPDX-License-Identifier: MIT
"""The nets of depth 8 that the scripts beside this file write and read."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "pytorch"))
from cifar_net import CifarNet

NETS = {
    "plain8": lambda: CifarNet(1, False, "A"),
    "resnet8_A": lambda: CifarNet(1, True, "A"),
    "resnet8_B": lambda: CifarNet(1, True, "B"),
    "resnet8_C": lambda: CifarNet(1, True, "C"),
}
