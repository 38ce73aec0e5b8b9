# SPDX-License-Identifier: MIT
"""What `./run benchmark --against python` runs: the same network, batch and augmentation in Python's PyTorch.

Augmentation of CIFAR-10 is done in memory, on whole batches, also as PyTorch "comes": a DataLoader with one transform an
image would only be slower. Photographs lie ready in memory, as they do there. Prints one JSON object.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

IMAGENET_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


class ZeroPadding(nn.Module):
    """Option A: every second pixel, and zeros for the new channels."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.stride, self.new_channels = stride, width - channels

    def forward(self, x):
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


def conv_norm(channels, width, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(width)
    )


def make_shortcut(option, channels, width, stride):
    """None in a plain net."""
    is_identity = stride == 1 and channels == width
    if option == "none":
        return None
    if option == "C" or (option == "B" and not is_identity):
        return conv_norm(channels, width, 1, stride)
    return nn.Identity() if is_identity else ZeroPadding(channels, width, stride)


class Block(nn.Module):
    """Two layers of 3x3, or a bottleneck of 1x1, 3x3 and 1x1, and what the shortcut adds to them."""

    def __init__(self, channels, width, stride, args):
        super().__init__()
        if is_bottlenecked(args):
            first, second = (stride, 1) if args.bottleneck_stride == "1x1" else (1, stride)
            layers = [conv_norm(channels, width, 1, first), conv_norm(width, width, 3, second), conv_norm(width, 4 * width, 1)]
        else:
            layers = [conv_norm(channels, width, 3, stride), conv_norm(width, width, 3)]
        self.layers = nn.ModuleList(layers)
        self.shortcut = make_shortcut(args.shortcut, channels, block_output(args, width), stride)

    def forward(self, x):
        y = x
        for layer in self.layers[:-1]:
            y = F.relu(layer(y), inplace=True)
        y = self.layers[-1](y)
        if self.shortcut is not None:
            y += self.shortcut(x)
        return F.relu(y, inplace=True)


def is_bottlenecked(args):
    return args.design == "imagenet" and args.depth >= 50


def block_output(args, width):
    return 4 * width if is_bottlenecked(args) else width


class Net(nn.Module):
    def __init__(self, args):
        super().__init__()
        if args.design == "cifar":
            first, stages, classes = 16, 3 * ((args.depth - 2) // 6,), 10
            self.stem = conv_norm(3, first, 3)
            self.pool = nn.Identity()
        else:
            first, stages, classes = 64, IMAGENET_BLOCKS[args.depth], 1000
            self.stem = conv_norm(3, first, 7, stride=2)
            self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        channels, blocks = first, []
        for stage, count in enumerate(stages):
            width = first << stage
            for i in range(count):
                blocks.append(Block(channels, width, 2 if stage > 0 and i == 0 else 1, args))
                channels = block_output(args, width)
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.stem(x), inplace=True))
        return self.fc(self.blocks(x).mean((2, 3)))


def cost_of(net, size):
    """Parameters, and multiply-adds of one image in convolutions and the fully-connected layer."""
    multiply_adds = 0

    def add(module, _, output):
        nonlocal multiply_adds
        positions = output.shape[2] * output.shape[3] if output.dim() == 4 else 1
        multiply_adds += module.weight.numel() * positions

    hooks = [m.register_forward_hook(add) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    net.eval()
    with torch.inference_mode():
        net(torch.zeros(1, 3, size, size))
    net.train()
    for hook in hooks:
        hook.remove()
    return {"parameters": sum(p.numel() for p in net.parameters()), "multiply_adds": multiply_adds}


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
    for _ in range(2):
        call()
    durations, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(durations) < 3:
        before = time.perf_counter()
        call()
        durations.append(time.perf_counter() - before)
    return statistics.median(durations)


class Measurement:
    """A net and its precision, and what both kinds of images share."""

    def __init__(self, args):
        self.args = args
        self.memory_format = torch.channels_last if args.tuned else torch.contiguous_format
        self.net = Net(args)
        self.result = {"torch": torch.__version__, **cost_of(self.net, args.image_size)}
        self.net.to(memory_format=self.memory_format)

    def precision(self, **more):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.args.precision == "bf16", **more)

    def train(self, next_batch):
        optimizer = torch.optim.SGD(
            self.net.parameters(), 0.01, momentum=0.9, weight_decay=1e-4, fused=self.args.tuned
        )

        def step():
            images, labels = next_batch()
            optimizer.zero_grad()
            with self.precision():
                loss = F.cross_entropy(self.net(images), labels)
            loss.backward()
            optimizer.step()
            loss.item()

        seconds = median_seconds(self.args.seconds, step)
        self.result["train_images_per_second"] = self.args.batch / seconds

    def frozen(self, images):
        # The trace is taken in the precision of the scope, of weights that no cache holds; freezing folds batch norm.
        with self.precision(cache_enabled=False):
            return torch.jit.freeze(torch.jit.trace(self.net, images))

    def infer(self, images, count, seconds, name, finish):
        """Eager, and if tuned frozen; returns the faster of the two."""
        eager = median_seconds(seconds, lambda: finish(self.net(images)))
        self.result[f"{name}images_per_second"] = count / eager
        if not self.args.tuned:
            return self.net
        frozen = self.frozen(images)
        frozen_seconds = median_seconds(seconds, lambda: finish(frozen(images)))
        prefix = "frozen_" if name == "inference_" else f"frozen_{name}"
        self.result[f"{prefix}images_per_second"] = count / frozen_seconds
        return frozen if frozen_seconds < eager else self.net


def measure_cifar(measurement, args):
    memory_format = measurement.memory_format
    images = torch.randint(0, 256, (10 * args.batch, 3, 32, 32), dtype=torch.uint8)
    labels = torch.randint(0, 10, (10 * args.batch,))
    mean = images.float().div(255).mean(0)

    def next_batch():
        indices = torch.randint(0, len(images), (args.batch,))
        return augmented(images, indices, mean, memory_format), labels[indices]

    measurement.train(next_batch)

    measurement.net.eval()
    batch = images[: args.batch].float().div(255).sub(mean).contiguous(memory_format=memory_format)
    with torch.inference_mode(), measurement.precision():
        fastest = measurement.infer(batch, args.batch, args.seconds / 2, "inference_", lambda y: y.argmax(1))
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
        measurement.result["evaluate_10000_seconds"] = time.perf_counter() - before


def made_up_images(count, measurement, args):
    return torch.randn(count, 3, args.image_size, args.image_size).contiguous(memory_format=measurement.memory_format)


def measure_photographs(measurement, args):
    batches = [(made_up_images(args.batch, measurement, args), torch.randint(0, 1000, (args.batch,))) for _ in range(3)]
    taken = 0

    def next_batch():
        nonlocal taken
        taken += 1
        return batches[taken % len(batches)]

    measurement.train(next_batch)
    measurement.net.eval()
    with torch.inference_mode(), measurement.precision():
        measurement.infer(batches[0][0], args.batch, args.seconds / 2, "inference_", lambda y: y.argmax(1))


def measure_ten_crop(measurement, args):
    """The mean of the ten crops' softmax scores, of a batch of photographs at once."""
    photos = args.batch
    views = made_up_images(10 * photos, measurement, args)
    measurement.net.eval()
    with torch.inference_mode(), measurement.precision():
        measurement.infer(
            views, photos, args.seconds, "ten_crop_", lambda y: y.float().softmax(1).view(photos, 10, -1).mean(1)
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--design", choices=["cifar", "imagenet"], required=True)
    parser.add_argument("--depth", type=int, required=True)
    parser.add_argument("--shortcut", choices=["none", "A", "B", "C"], required=True)
    parser.add_argument("--bottleneck-stride", choices=["1x1", "3x3"], required=True)
    parser.add_argument("--image-size", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--tuned", action="store_true", help="channels-last, and the best of eager and frozen inference")
    parser.add_argument("--test", choices=["ten-crop"], help="measure this test of photographs alone")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    measurement = Measurement(args)
    if args.test:
        measure_ten_crop(measurement, args)
    elif args.design == "cifar":
        measure_cifar(measurement, args)
    else:
        measure_photographs(measurement, args)
    print(json.dumps(measurement.result))


if __name__ == "__main__":
    main()
