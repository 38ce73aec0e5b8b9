# SPDX-License-Identifier: MIT
"""What `./run benchmark --against python` runs: the same network, batch and augmentation in Python's PyTorch.

Augmentation is done in memory, on whole batches, also as PyTorch "comes": a DataLoader with one transform an image would
only be slower. Prints one JSON object.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


class Shortcut(nn.Module):
    """Option A: every second pixel, and zeros for the new channels."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.stride, self.new_channels = stride, width - channels

    def forward(self, x):
        if self.stride == 1 and self.new_channels == 0:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


class Block(nn.Module):
    def __init__(self, channels, width, stride, is_residual):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = Shortcut(channels, width, stride)
        self.is_residual = is_residual

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        if self.is_residual:
            y = y + self.shortcut(x)
        return F.relu(y, inplace=True)


class Net(nn.Module):
    def __init__(self, depth, is_residual):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels, blocks = 16, []
        for stage, width in enumerate((16, 32, 64)):
            for i in range((depth - 2) // 6):
                blocks.append(Block(channels, width, 2 if stage > 0 and i == 0 else 1, is_residual))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.fc(self.blocks(x).mean((2, 3)))


def augmented(images, indices, mean, memory_format):
    """Crops of the padded images, or their mirrors, as one gather for the whole batch."""
    count = len(indices)
    padded = F.pad(images[indices].float().div_(255).sub_(mean), (4, 4, 4, 4))
    rows = torch.randint(0, 9, (count, 1)) + torch.arange(32)
    columns = torch.randint(0, 9, (count, 1)) + torch.arange(32)
    is_mirrored = torch.randint(0, 2, (count, 1), dtype=torch.bool)
    columns = torch.where(is_mirrored, columns.flip(1), columns)
    batch = torch.arange(count).view(count, 1, 1)
    crops = padded.permute(0, 2, 3, 1)[batch, rows.unsqueeze(2), columns.unsqueeze(1)]
    return crops.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)


def median_seconds(seconds, call):
    for _ in range(3):
        call()
    durations, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(durations) < 5:
        before = time.perf_counter()
        call()
        durations.append(time.perf_counter() - before)
    return statistics.median(durations)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int, required=True)
    parser.add_argument("--family", choices=["plain", "resnet"], required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--tuned", action="store_true", help="channels-last, and the best of eager and frozen inference")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    memory_format = torch.channels_last if args.tuned else torch.contiguous_format
    net = Net(args.depth, args.family == "resnet").to(memory_format=memory_format)
    optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, weight_decay=1e-4, fused=args.tuned)
    images = torch.randint(0, 256, (10 * args.batch, 3, 32, 32), dtype=torch.uint8)
    labels = torch.randint(0, 10, (10 * args.batch,))
    mean = images.float().div(255).mean(0)

    def precision():
        return torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16")

    def train_step():
        indices = torch.randint(0, len(images), (args.batch,))
        batch = augmented(images, indices, mean, memory_format)
        optimizer.zero_grad()
        with precision():
            loss = F.cross_entropy(net(batch), labels[indices])
        loss.backward()
        optimizer.step()
        loss.item()

    result = {"train_images_per_second": args.batch / median_seconds(args.seconds, train_step)}

    net.eval()
    batch = images[: args.batch].float().div(255).sub(mean).contiguous(memory_format=memory_format)
    with torch.inference_mode(), precision():
        seconds = median_seconds(args.seconds / 2, lambda: net(batch).argmax(1))
        result["inference_images_per_second"] = args.batch / seconds
        fastest = net
        if args.tuned:
            # The trace is taken in the precision of the scope, of weights that no cache holds; freezing folds batch norm.
            with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16", cache_enabled=False):
                frozen = torch.jit.freeze(torch.jit.trace(net, batch))
            frozen_seconds = median_seconds(args.seconds / 2, lambda: frozen(batch).argmax(1))
            result["frozen_images_per_second"] = args.batch / frozen_seconds
            fastest = frozen if frozen_seconds < seconds else net
        tested = torch.randint(0, 256, (10_000, 3, 32, 32), dtype=torch.uint8)
        targets = torch.randint(0, 10, (10_000,))
        for _ in range(3):  # a warm-up of the other batch
            fastest(torch.zeros(250, 3, 32, 32).contiguous(memory_format=memory_format))
        before = time.perf_counter()
        errors = 0
        for first in range(0, len(tested), 250):
            batch = tested[first : first + 250].float().div_(255).sub_(mean).contiguous(memory_format=memory_format)
            logits = fastest(batch)
            F.cross_entropy(logits.float(), targets[first : first + 250], reduction="sum").item()
            errors += (logits.argmax(1) != targets[first : first + 250]).sum().item()
        result["evaluate_10000_seconds"] = time.perf_counter() - before
    print(json.dumps(result))


if __name__ == "__main__":
    main()
