#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what pycocotools computes for made-up detections: precision.json beside this file. Needs pycocotools 2.0.

The sets are drawn at random, with what decides between two ways of counting: boxes of whole pixels, so that overlaps are
just at a threshold; few different scores, so that many are equal; crowds; areas at 32 * 32 and 96 * 96; classes without
objects, images without either; more than 100 detections of a class in one image; boxes without an area.
"""
import contextlib
import copy
import io
import json
import pathlib
import random

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

NAMES = ["precision", "precision_50", "precision_75", "precision_small", "precision_medium", "precision_large",
         "recall_of_1", "recall_of_10", "recall", "recall_small", "recall_medium", "recall_large"]


def box(draw, side):
    return [draw.randint(0, 200), draw.randint(0, 200), draw.randint(0, side), draw.randint(1, side)]


def near(draw, of):
    return [max(0, x + draw.randint(-3, 3)) for x in of]


def made_up(seed, images, classes, objects, detections, side):
    draw = random.Random(seed)
    annotations, results = [], []
    for i in range(objects):
        b = box(draw, side)
        is_crowd = draw.random() < 0.1
        area = draw.choice([b[2] * b[3], 32 * 32, 96 * 96, b[2] * b[3] // 2])
        annotations.append({"id": i + 1, "image_id": 7 * draw.randint(1, images), "category_id": 3 * draw.randint(1, classes),
                            "bbox": b, "area": area, "iscrowd": int(is_crowd)})
    for i in range(detections):
        of = draw.choice(annotations)
        is_near = draw.random() < 0.7
        results.append({"image_id": of["image_id"] if is_near else 7 * draw.randint(1, images),
                        "category_id": of["category_id"] if is_near else 3 * draw.randint(1, classes + 1),
                        "bbox": near(draw, of["bbox"]) if is_near else box(draw, side),
                        "score": draw.randint(1, 20) / 20})
    draw.shuffle(results)
    return {"images": [{"id": 7 * i} for i in range(images, 0, -1)],
            "categories": [{"id": 3 * c, "name": f"class {c}"} for c in range(classes + 1, 0, -1)],
            "annotations": annotations}, results


def expected(annotations, results):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(annotations)  # it writes into what it is given
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(json.loads(json.dumps(results))), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    numbers = {name: None if number < 0 else 100 * number for name, number in zip(NAMES, evaluation.stats)}
    precision = evaluation.eval["precision"][:, :, :, 0, 2]  # overlap, recall, class; all areas, 100 detections
    classes = [precision[:, :, k] for k in range(precision.shape[2])]
    numbers["classes"] = [100 * float(p.mean()) if p.max() >= 0 else None for p in classes]
    return {name: float(n) if n is not None and name != "classes" else n for name, n in numbers.items()}


def at_thresholds():
    """Objects of 20 x 20 pixels, each with a detection that overlaps it by a twentieth more or less, of whole pixels."""
    annotations, results = [], []
    for i, height in enumerate(range(9, 21)):  # overlaps of 0.45, 0.5, ... 1, as one lies in the other
        for image in (1, 2):
            inside, whole = [3, 5, 20, height], [3, 5, 20, 20]
            of, found = (whole, inside) if image == 1 else (inside, whole)
            annotations.append({"id": 2 * i + image, "image_id": image, "category_id": i + 1, "bbox": of, "iscrowd": 0,
                                "area": of[2] * of[3]})
            results.append({"image_id": image, "category_id": i + 1, "bbox": found, "score": 1 - image / 4})
    return {"images": [{"id": 1}, {"id": 2}], "categories": [{"id": i + 1, "name": f"{i + 9} of 20"} for i in range(12)],
            "annotations": annotations}, results


MADE_UP = [(1, 3, 2, 30, 60, 40), (2, 5, 3, 60, 150, 130), (3, 1, 1, 8, 400, 60), (4, 20, 5, 40, 80, 100),
           (5, 2, 2, 50, 100, 12)]
cases = []
for annotations, results in [at_thresholds()] + [made_up(*case) for case in MADE_UP]:
    cases.append({"annotations": annotations, "detections": results, "expected": expected(annotations, results)})
path = pathlib.Path(__file__).parent / "precision.json"
path.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
