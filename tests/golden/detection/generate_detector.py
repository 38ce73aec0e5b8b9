#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what torchvision's parts, put together as Faster R-CNN, compute for one image: detector.json beside this file.
Needs torch 2.14.1 and torchvision 0.29.1.

The net is torchvision's ResNet-18, cut behind layer3, with its batch norm fixed; boxes are coded, matched, cut and
suppressed by torchvision.models.detection and torchvision.ops. Weights, image and probes come from formula.py of
tests/golden/pytorch, in double. Nothing is drawn at random: all anchors and regions that may be learnt from are.

Stored:
  proposals, logits, offsets   of the best 20 proposals, at an overlap of 0.7
  losses                       the four terms
  gradients                    of their sum
"""
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
import torchvision
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.ops import boxes as box_ops

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "pytorch"))
from formula import noise, one_line_per_entry, set_by_formula, summary  # noqa: E402

CLASSES = 3
SIDES, RATIOS = [32.0, 64.0], [0.5, 1.0, 2.0]
HEIGHT, WIDTH = 96, 128
OBJECTS = torch.tensor([[8.0, 10.0, 56.0, 50.0], [60.0, 20.0, 124.0, 90.0], [30.0, 60.0, 50.0, 90.0]]).double()
LABELS = torch.tensor([1, 3, 2])


class Detector(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torchvision.models.resnet18(weights=None, num_classes=CLASSES + 1)
        anchors = len(SIDES) * len(RATIOS)
        self.rpn = torch.nn.Conv2d(256, 512, 3, padding=1)
        self.rpn_logits = torch.nn.Conv2d(512, anchors, 1)
        self.rpn_offsets = torch.nn.Conv2d(512, 4 * anchors, 1)
        self.region_offsets = torch.nn.Linear(512, 4 * CLASSES)

    def shared_map(self, image):
        b = self.body
        x = b.maxpool(b.relu(b.bn1(b.conv1(image))))
        return b.layer3(b.layer2(b.layer1(x)))

    def score_anchors(self, map):
        hidden = self.rpn(map).relu()
        logits = self.rpn_logits(hidden).permute(0, 2, 3, 1).reshape(-1)
        return logits, self.rpn_offsets(hidden).permute(0, 2, 3, 1).reshape(-1, 4)

    def score_regions(self, map, regions):
        parts = torchvision.ops.roi_pool(map, [regions], (14, 14), 1 / 16)
        features = self.body.layer4(parts).mean((2, 3))
        return self.body.fc(features), self.region_offsets(features).view(-1, CLASSES, 4)


def anchors_on(height, width):
    rows = []
    for y in range(height):
        for x in range(width):
            for side in SIDES:
                for ratio in RATIOS:
                    w, h = side / ratio**0.5, side * ratio**0.5
                    cx, cy = 16 * x + 8, 16 * y + 8
                    rows.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return torch.tensor(rows).float().double()


def propose(logits, offsets, anchors, coder, most):
    with torch.no_grad():
        order = logits.argsort(descending=True)
        boxes = box_ops.clip_boxes_to_image(coder.decode_single(offsets[order], anchors[order]), (HEIGHT, WIDTH))
        keep = box_ops.remove_small_boxes(boxes, 16)
        boxes, scores = boxes[keep], logits[order][keep]
        return boxes[box_ops.nms(boxes.float(), scores.float(), 0.7)[:most]]


def main():
    net = Detector().double()
    set_by_formula(net)
    net.eval()
    with torch.no_grad():  # as small as new layers are, so that boxes stay near their anchors
        for layer, factor in [(net.rpn_offsets, 0.02), (net.region_offsets, 0.02), (net.rpn_logits, 0.1),
                              (net.body.fc, 0.02)]:
            layer.weight.mul_(factor)
            layer.bias.mul_(factor)
    image = noise("image", 3 * HEIGHT * WIDTH).view(1, 3, HEIGHT, WIDTH)
    plain, divided = BoxCoder((1.0, 1.0, 1.0, 1.0)), BoxCoder((10.0, 10.0, 5.0, 5.0))

    map = net.shared_map(image)
    anchors = anchors_on(map.size(2), map.size(3))
    logits, offsets = net.score_anchors(map)
    best = propose(logits, offsets, anchors, plain, 20)
    best_logits, best_offsets = net.score_regions(map, best)

    inside = ((anchors[:, :2] >= 0).all(1) & (anchors[:, 2] <= WIDTH) & (anchors[:, 3] <= HEIGHT)).nonzero().squeeze(1)
    usable = anchors[inside]
    overlaps = box_ops.box_iou(OBJECTS, usable)
    matched = Matcher(0.7, 0.3, allow_low_quality_matches=True)(overlaps)
    positive, negative = matched >= 0, matched == Matcher.BELOW_LOW_THRESHOLD
    sampled = torch.cat([inside[positive], inside[negative]])
    is_object = torch.cat([torch.ones(positive.sum()), torch.zeros(negative.sum())]).double()
    anchor_logits = F.binary_cross_entropy_with_logits(logits[sampled], is_object)
    right = plain.encode_single(OBJECTS[matched[positive]], usable[positive])
    anchor_offsets = F.smooth_l1_loss(offsets[inside[positive]], right, beta=1 / 9, reduction="sum") / len(sampled)

    candidates = torch.cat([propose(logits, offsets, anchors, plain, 2000), OBJECTS])
    matched = Matcher(0.5, 0.5, allow_low_quality_matches=False)(box_ops.box_iou(OBJECTS, candidates))
    positive = matched >= 0
    regions = torch.cat([candidates[positive], candidates[~positive]])
    labels = torch.cat([LABELS[matched[positive]], torch.zeros((~positive).sum(), dtype=torch.long)])
    said_logits, said_offsets = net.score_regions(map, regions)
    region_logits = F.cross_entropy(said_logits, labels)
    count = int(positive.sum())
    own = said_offsets[torch.arange(count), labels[:count] - 1]
    right = divided.encode_single(OBJECTS[matched[positive]], candidates[positive])
    region_offsets = F.smooth_l1_loss(own, right, beta=1.0, reduction="sum") / len(regions)

    losses = [anchor_logits, anchor_offsets, region_logits, region_offsets]
    sum(losses).backward()
    fixed = ("body.conv1.", "body.layer1.")
    gradients = {name: summary(p.grad) for name, p in net.named_parameters()
                 if not name.startswith(fixed) and ".bn" not in name and "downsample.1" not in name}
    stored = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0],
              "anchors_with_object": int((is_object == 1).sum()), "anchors": len(sampled),
              "regions_with_object": count, "regions": len(regions),
              "proposals": best.flatten().tolist(), "logits": best_logits.flatten().tolist(),
              "offsets": best_offsets.flatten().tolist(), "losses": [x.item() for x in losses], "gradients": gradients}
    (HERE / "detector.json").write_text(one_line_per_entry(stored))


if __name__ == "__main__":
    main()
