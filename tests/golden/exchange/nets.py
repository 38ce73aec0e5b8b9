# SPDX-License-Identifier: MIT
"""The CIFAR-10 nets as a PyTorch user writes them, under torchvision's names: for the scripts beside this file."""
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, in_channels, channels, stride, residual, option):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.residual = residual
        self.extra = channels - in_channels
        self.stride = stride
        self.downsample = None
        if residual and (option == "C" or option == "B" and self.extra):
            projection = nn.Conv2d(in_channels, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if not self.residual:
            return F.relu(y)
        if self.downsample is not None:
            return F.relu(y + self.downsample(x))
        x = x[:, :, :: self.stride, :: self.stride]
        return F.relu(y + F.pad(x, (0, 0, 0, 0, 0, self.extra)))


class CifarNet(nn.Module):
    """Depth 8: one block in each stage."""

    def __init__(self, residual, option):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16, 1, residual, option))
        self.layer2 = nn.Sequential(Block(16, 32, 2, residual, option))
        self.layer3 = nn.Sequential(Block(32, 64, 2, residual, option))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


NETS = {
    "plain8": lambda: CifarNet(False, "A"),
    "resnet8_A": lambda: CifarNet(True, "A"),
    "resnet8_B": lambda: CifarNet(True, "B"),
    "resnet8_C": lambda: CifarNet(True, "C"),
}
