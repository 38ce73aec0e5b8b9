# SPDX-License-Identifier: MIT
"""What `./run benchmark --loader FOLDER --against python` runs: the training views of Section 3.4 made in Python, by
ImageFolder and Pillow or by torchvision.io and transforms.v2, in worker processes of a DataLoader.

The views are those of photo_stream.hpp: shorter side drawn from [256, 480], a 224x224 crop or its mirror, the colours
shifted by the published constants, the mean subtracted. Prints one JSON object.
"""
import argparse
import json
import random
import time

import torch
from torch.utils.data import DataLoader, RandomSampler
from torchvision import io
from torchvision.datasets import ImageFolder
from torchvision.transforms import InterpolationMode, RandomCrop, RandomHorizontalFlip
from torchvision.transforms import functional as pillow
from torchvision.transforms.v2 import functional as v2

MEAN = torch.tensor([0.485, 0.456, 0.406])
SHIFTS = torch.tensor([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]) * torch.tensor(
    [0.2175, 0.0188, 0.0045]
)
PIECE = 32
crop, mirror = RandomCrop(224), RandomHorizontalFlip()


def colored(image):
    return image.add_((SHIFTS @ (0.1 * torch.randn(3)) - MEAN).view(3, 1, 1))


def pillow_view(image):
    image = pillow.resize(image, random.randint(256, 480), InterpolationMode.BILINEAR)
    return colored(pillow.to_tensor(mirror(crop(image))))


def torchvision_view(image):
    image = v2.resize(image, [random.randint(256, 480)], InterpolationMode.BILINEAR, antialias=True)
    return colored(v2.to_dtype(mirror(crop(image)), torch.float32, scale=True))


def read_rgb(path):
    return io.read_image(path, io.ImageReadMode.RGB)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True, help="holds a folder for each class")
    parser.add_argument("--reader", choices=["pillow", "torchvision"], required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    args = parser.parse_args()

    torch.set_num_threads(1)
    if args.reader == "pillow":
        images = ImageFolder(args.folder, pillow_view)
    else:
        images = ImageFolder(args.folder, torchvision_view, loader=read_rgb)
    sampler = RandomSampler(images, replacement=True, num_samples=10**9)
    pieces = iter(DataLoader(images, PIECE, sampler=sampler, num_workers=args.workers, prefetch_factor=2))
    for _ in range(4):
        next(pieces)
    start, count = time.perf_counter(), 0
    while count == 0 or time.perf_counter() - start < args.seconds:
        count += next(pieces)[0].shape[0]
    print(json.dumps({"loader_images_per_second": count / (time.perf_counter() - start)}), flush=True)


if __name__ == "__main__":
    main()
