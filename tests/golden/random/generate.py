#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes drawn.json beside this file: what a run draws at random, made by a second program from what the headers say.

Published runs and checkpoints rest on these numbers: where one of them changes, a checkpoint goes on with other images
than it began with, and nobody can repeat a published run. The tests of the library's own streams say only that they are
uniform and independent. Needs Python alone.

  SplitMix64      Steele, Lea, Flood (OOPSLA 2014)
  FNV-1a, 64 bit  Fowler, Noll, Vo
  shuffle         Durstenfeld's, from the end
  normal          Box and Muller, the cosine of each pair
"""
import json
import math
import pathlib

MASK = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15
SEED = 5


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def seed_for(seed, purpose, step=0):
    inner = mix((seed + GAMMA) & MASK) ^ fnv(purpose)
    return mix((mix(inner) + GAMMA * (step + 1)) & MASK)


class Random:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + GAMMA) & MASK
        return mix(self.state)

    def below(self, bound):
        while True:
            value = self.next()
            if value >= 2**64 % bound:  # the values before that would make small results more likely
                return value % bound

    def uniform(self):
        return (self.next() >> 11) / 2**53

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())


def shuffled(size, seed):
    order = list(range(size))
    random = Random(seed)
    for i in range(size - 1, 0, -1):
        j = random.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def epoch_order(images, epochs):
    return [image for epoch in range(epochs) for image in shuffled(images, seed_for(SEED, "order", epoch))]


def cifar_views(images, padding, count):
    """Image, top, left and whether it is mirrored, of the k-th image of a training."""
    order = epoch_order(images, -(-count // images))
    views = []
    for k in range(count):
        random = Random(seed_for(SEED, "view", k))
        views.append([order[k], random.below(2 * padding + 1), random.below(2 * padding + 1), random.below(2)])
    return views


def photo_views(height, width, count):
    """Height and width once resized, top, left and whether it is mirrored: sides in [256, 480], crops of 224."""
    views = []
    for k in range(count):
        random = Random(seed_for(SEED, "view", k))
        side = 256 + random.below(480 - 256 + 1)
        longer = side * max(height, width) // min(height, width)
        resized = (side, longer) if height <= width else (longer, side)
        views.append([*resized, random.below(resized[0] - 224 + 1), random.below(resized[1] - 224 + 1), random.below(2)])
    return views


def color_shifts(count):
    """By ImageNet's eigenvalues and eigenvectors, as fb.resnet.torch published them, and alpha of N(0, 0.1)."""
    values = [0.2175, 0.0188, 0.0045]
    vectors = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]
    shifts = []
    for k in range(count):
        random = Random(seed_for(SEED, "color", k))
        alphas = [0.1 * random.normal() for _ in range(3)]
        shifts.append([sum(vectors[c][j] * values[j] * alphas[j] for j in range(3)) for c in range(3)])
    return shifts


def weights(name, fan_in, count):
    """The first of a layer's: N(0, sqrt(2 / fan_in))."""
    random = Random(seed_for(SEED, "init/" + name))
    return [math.sqrt(2 / fan_in) * random.normal() for _ in range(count)]


if __name__ == "__main__":
    drawn = {
        "seed": SEED,
        "order_of_10_images": epoch_order(10, 3),
        "cifar_views": cifar_views(images=10, padding=4, count=24),
        "photo_views": [
            {"height": 375, "width": 500, "views": photo_views(375, 500, 12)},
            {"height": 640, "width": 300, "views": photo_views(640, 300, 12)},
        ],
        "color_shifts": color_shifts(6),
        "weights": {
            "conv1.weight": weights("conv1.weight", 3 * 9, 5),
            "layer2.0.conv2.weight": weights("layer2.0.conv2.weight", 32 * 9, 5),
            "fc.weight": weights("fc.weight", 64, 5),
        },
    }
    (pathlib.Path(__file__).parent / "drawn.json").write_text(json.dumps(drawn, indent=1) + "\n")
