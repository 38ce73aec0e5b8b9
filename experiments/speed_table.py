#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the speed table of README.md and writes it there, between its two marks.

    python3 experiments/speed_table.py [--rounds 3] [--seconds 10] [--models resnet20,resnet56,resnet110] [--precisions fp32,bf16]

For half an hour nothing else should run on the machine. Everything comes from `./run benchmark --against python`.
"""
import argparse
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- speed table: experiments/speed_table.py writes it -->", "<!-- end of the speed table -->"


def measure(model, precision, args):
    command = [ROOT / "run", "benchmark", "--against", "python", "--json", "--model", model, "--precision", precision]
    command += ["--rounds", str(args.rounds), "--seconds", str(args.seconds)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def cell(measured, what, peer):
    row = next(r for r in measured["against"] if r["what"] == what and r["peer"] == peer)
    return f"{row['ratio']:.2f} ({row['lowest']:.2f} to {row['highest']:.2f})"


def ours(measured, what):
    return next(r for r in measured["against"] if r["what"] == what)["ours"]


def table(measurements):
    first = measurements[0]
    lines = [
        f"{first['cpu']}, {first['threads']} threads, {first['simd']}, LibTorch {first['libtorch']}, batch {first['batch']}, data pipeline included; medians of "
        f"{first['rounds']} alternating rounds, and in brackets the lowest and the highest.",
        "",
        "| net | precision | training, images/s | times Python, best tuned | times Python, as it comes | inference, images/s "
        "| times Python, best tuned | test set, s | times Python, best tuned |",
        "|---|---|---:|---|---|---:|---|---:|---|",
    ]
    for m in measurements:
        lines.append(
            f"| {m['model']} | {m['precision']} | {ours(m, 'training'):.0f} | {cell(m, 'training', 'best tuned')} "
            f"| {cell(m, 'training', 'as it comes')} | {ours(m, 'inference'):.0f} | {cell(m, 'inference', 'best tuned')} "
            f"| {ours(m, 'evaluation'):.2f} | {cell(m, 'evaluation', 'best tuned')} |"
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--models", default="resnet20,resnet56,resnet110")
    parser.add_argument("--precisions", default="fp32,bf16")
    args = parser.parse_args()
    readme = ROOT / "README.md"
    text = readme.read_text()
    assert BEGIN in text and END in text, f"{readme}: the marks of the speed table are gone"
    measurements = [measure(m, p, args) for m in args.models.split(",") for p in args.precisions.split(",")]
    block = f"{BEGIN}\n{table(measurements)}\n{END}"
    readme.write_text(re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: block, text, flags=re.S))
    print(table(measurements))


if __name__ == "__main__":
    main()
