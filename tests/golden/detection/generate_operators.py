#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what torchvision's roi_pool and nms give: operators.json beside this file. Needs torch and torchvision (0.29).

Maps and gradients are whole numbers by a formula, many of them equal. Some regions have ends that are halves on the
map, lie outside of it or end before they begin; some are 57 or 62 pixels of the map wide, of which float32 rounds a
bin's end to another pixel. Boxes of whole pixels have overlaps just at a threshold; some have no area, and some scores
are equal.
"""
import json
import pathlib
import random

import torch
from torchvision.ops import nms, roi_pool


def whole_numbers(key, *sizes):
    i = torch.arange(torch.Size(sizes).numel(), dtype=torch.int64)
    return (((i * i * 7919 + i * 2654435761 + key * 104729) % 2**32 // 2**27) - 16).to(torch.float32).view(sizes)


def integers(tensor):
    assert torch.equal(tensor, tensor.round())
    return tensor.to(torch.int64).flatten().tolist()


def pooled(channels, height, width, grid, scale, regions):
    image_map = whole_numbers(1, 1, channels, height, width).requires_grad_()
    y = roi_pool(image_map, [torch.tensor(regions, dtype=torch.float32)], grid, scale)
    y.backward(whole_numbers(2, *y.shape))
    return {"channels": channels, "height": height, "width": width, "grid": grid, "scale": scale, "regions": regions,
            "y": integers(y.detach()), "gradient": integers(image_map.grad)}


def suppressed(overlap, boxes, scores):
    kept = nms(torch.tensor(boxes, dtype=torch.float32).view(-1, 4), torch.tensor(scores, dtype=torch.float32), overlap)
    return {"overlap": overlap, "boxes": boxes, "scores": scores, "kept": kept.tolist()}


def regions_in(draw, count, width, height):
    regions = []
    for _ in range(count):
        left, right = sorted(draw.randint(-16, 10 * width + 16) / 10 for _ in range(2))
        top, bottom = sorted(draw.randint(-16, 10 * height + 16) / 10 for _ in range(2))
        regions.append([left, top, right, bottom])
    return regions


def boxes_in(draw, count, side, unit):
    boxes = []
    for _ in range(count):
        left, top = draw.randint(0, side), draw.randint(0, side)
        boxes.append([x / unit for x in (left, top, left + draw.randint(0, side), top + draw.randint(0, side))])
    return boxes


draw = random.Random(1)
edges = [[0, 0, 271, 191],  # the whole map, of 17 x 12 pixels of 16 x 16
         [8, 24, 40, 104], [-8, -24, 40, 56],  # halves, rounded away from zero
         [33, 33, 34, 34], [100, 90, 60, 30],  # of one pixel; ends before it begins
         [-500, -500, 900, 900], [-300, -300, -200, -200], [280, 50, 400, 120], [200, 150, 330, 260],
         [1e6, 1e6, 2e6, 2e6], [-3e6, 0, 3e6, 100]]
whole = [[40 * i, 0, 40 * i + 20, 20] for i in range(20)]
twentieths = [[40 * i, 0, 40 * i + 20, i + 1] for i in range(20)]  # each in one of the whole ones
mixed_scores = [(7 * i % 40 + 1) / 40 for i in range(40)]
made_up = [(1 / 3, 150, 12, 1, 1000), (0.3, 100, 20, 1, 7), (0.7, 120, 40, 10, 1000), (0, 60, 5, 1, 1000),
           (1, 40, 4, 1, 3), (0.5, 150, 9, 10, 1000)]  # overlap, boxes, side, boxes' units, scores
cases = {
    "roi_pool": [
        pooled(3, 12, 17, 7, 0.0625, edges),
        pooled(18, 9, 11, 3, 0.0625, regions_in(draw, 7, 176, 144)),
        pooled(2, 38, 63, 14, 0.0625, regions_in(draw, 4, 1000, 600) + [[0, 0, 896, 200], [16, 5, 992, 500]]),
        pooled(1, 5, 60, 7, 1, [[0, 0, 56, 4], [1, 1, 57, 3], [0.5, 0.5, 2.5, 2.5]]),
        pooled(2, 6, 5, 1, 0.3, regions_in(draw, 5, 17, 20)),
    ],
    "nms": [suppressed(overlap, twentieths + whole, mixed_scores) for overlap in (0.3, 0.35, 0.5, 0.7, 0.85)] +
           [suppressed(overlap, boxes_in(draw, count, side, unit), [draw.randint(1, n) / n for _ in range(count)])
            for overlap, count, side, unit, n in made_up],
}
path = pathlib.Path(__file__).parent / "operators.json"
lines = [f'"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in of) + "\n]"
         for name, of in cases.items()]
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
