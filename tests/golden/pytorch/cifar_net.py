# SPDX-License-Identifier: MIT
"""The CIFAR-10 nets as a PyTorch user writes them, under torchvision's names: what the scripts of the tests share."""
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
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.residual:
            if self.downsample is not None:
                y = y + self.downsample(x)
            elif self.extra:
                y = y + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))
            else:
                y = y + x
        return F.relu(y)


class CifarNet(nn.Module):
    def __init__(self, n, residual, option):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)

        def stage(in_channels, channels, stride):
            blocks = [Block(in_channels, channels, stride, residual, option)]
            blocks += [Block(channels, channels, 1, residual, option) for _ in range(n - 1)]
            return nn.Sequential(*blocks)

        self.layer1 = stage(16, 16, 1)
        self.layer2 = stage(16, 32, 2)
        self.layer3 = stage(32, 64, 2)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
