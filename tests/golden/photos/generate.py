#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what Pillow and torchvision make of images that a formula draws: resized.json, ten_crop.json, views.json and
decoded.json beside this file. Needs pillow, numpy, torch and torchvision; made with pillow 13.0.0 and torchvision 0.29.1.

The formula (see `drawn`) is on integers, and photos_test.cpp repeats it: so the images themselves need not be stored.

  resized.json   the image at other sizes by Image.resize(BILINEAR), which antialiases
  ten_crop.json  the ten crops of torchvision's TenCrop
  views.json     the image resized, mirrored or not and cut, as training views are; and resized and cut into ten crops
  decoded.json   files of several kinds, and the RGB pixels that Pillow finds in them
"""
import io
import json
import pathlib

import numpy
from PIL import Image
from torchvision.transforms import TenCrop
from torchvision.transforms.functional import crop, hflip, resize

HERE = pathlib.Path(__file__).parent


def drawn(width, height):
    """Waves, an edge and noise, so that no two pixels of a row or column are made alike."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:3].astype(numpy.int64)
    noise = (x * 7919 + y * 104729 + c * 1299709) * 2654435761 % 2**32 // 2**24
    wave = (x * x + 3 * x * y + 5 * y * c) % 97
    edge = numpy.where(2 * x > y + c * 9, 120, 0)
    return Image.fromarray(((noise % 64 + wave + edge) % 256).astype(numpy.uint8))


def pixels(image):
    return {"width": image.width, "height": image.height, "rgb": image.tobytes().hex()}


def write(name, content):
    (HERE / name).write_text(json.dumps(content, indent=1) + "\n")


def resized():
    image = drawn(50, 37)
    sizes = [(67, 50), (50, 37), (39, 29), (25, 18), (13, 10), (60, 20), (3, 2), (1, 1)]
    return {"width": 50, "height": 37, "resized": [pixels(image.resize(size, Image.Resampling.BILINEAR)) for size in sizes]}


def ten_crop():
    cases = []
    for width, height in [(13, 10), (10, 14), (10, 10), (8, 7), (7, 7), (9, 21)]:
        crops = TenCrop(7)(drawn(width, height))
        cases.append({"width": width, "height": height, "crops": [crop.tobytes().hex() for crop in crops]})
    return {"crop": 7, "images": cases}


def views():
    image = drawn(50, 37)
    cases = []
    for side, top, left, is_mirrored in [(20, 3, 5, False), (20, 3, 5, True), (37, 0, 39, True), (60, 49, 17, True), (11, 0, 3, True)]:
        view = resize(image, side)
        view = crop(hflip(view) if is_mirrored else view, top, left, 11, 11)
        cases.append({"side": side, "top": top, "left": left, "is_mirrored": is_mirrored, "rgb": view.tobytes().hex()})
    ten = [view.tobytes().hex() for view in TenCrop(11)(resize(image, 16))]
    return {"width": 50, "height": 37, "crop": 11, "views": cases, "ten_crop": {"side": 16, "crops": ten}}


def encoded(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def decoded():
    image = drawn(29, 17)
    alpha = image.convert("RGBA")
    alpha.putalpha(image.convert("L"))
    palette = image.quantize(16)
    files = {
        "4:4:4 JPEG": encoded(image, format="JPEG", quality=90, subsampling=0),
        "4:2:2 JPEG": encoded(image, format="JPEG", quality=90, subsampling=1),
        "4:2:0 JPEG": encoded(image, format="JPEG", quality=90, subsampling=2),
        "progressive JPEG": encoded(image, format="JPEG", quality=80, progressive=True),
        "grey JPEG": encoded(image.convert("L"), format="JPEG", quality=90),
        "CMYK JPEG": encoded(image.convert("CMYK"), format="JPEG", quality=95),
        "RGB PNG": encoded(image, format="PNG"),
        "RGBA PNG": encoded(alpha, format="PNG"),
        "grey PNG": encoded(image.convert("L"), format="PNG"),
        "grey PNG with alpha": encoded(alpha.convert("LA"), format="PNG"),
        "palette PNG": encoded(palette, format="PNG"),
        "palette PNG with transparency": encoded(palette, format="PNG", transparency=3),
        "black and white PNG": encoded(image.convert("1"), format="PNG"),
        "lossless WebP": encoded(image, format="WEBP", lossless=True),
        "lossless WebP with alpha": encoded(alpha, format="WEBP", lossless=True, exact=True),
        "lossy WebP": encoded(image, format="WEBP", quality=90),
        "BMP": encoded(image, format="BMP"),
    }
    turned = Image.Exif()
    turned[0x0112] = 6  # "turn me by 90 degrees", which Pillow ignores as well unless it is asked
    files["JPEG with EXIF rotation"] = encoded(image, format="JPEG", quality=90, exif=turned)
    return {name: {"file": file.hex(), **pixels(Image.open(io.BytesIO(file)).convert("RGB"))} for name, file in files.items()}


if __name__ == "__main__":
    write("resized.json", resized())
    write("ten_crop.json", ten_crop())
    write("views.json", views())
    write("decoded.json", decoded())
