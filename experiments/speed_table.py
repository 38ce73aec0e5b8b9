#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the speed tables of README.md and writes them there, each between its two marks.

    python3 experiments/speed_table.py [--models resnet20,resnet50] [--precisions fp32,bf16] [--rounds 3] [--seconds 10]

While it measures nothing else should run on the machine: some minutes for a net of CIFAR-10, a quarter of an hour for one for
photographs. The tables can be made part by part: rows of nets and precisions that are not asked for stay as they are, unless
they were measured on another machine, by another LibTorch or in another number of rounds. Each row names the commit that
it was measured by, and Python's torch. Everything comes from `./run benchmark --against python`.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CIFAR_NETS = ["resnet20", "resnet56", "resnet110"]
PHOTO_NETS = ["resnet18", "resnet50"]
TEN_CROP_NETS = ["resnet50"]
PRECISIONS = ["fp32", "bf16"]
RULER = re.compile(r"\|[-:|]+\|")


def benchmark(model, precision, args, *more):
    command = [ROOT / "run", "benchmark", "--against", "python", "--json", "--model", model, "--precision", precision]
    command += ["--rounds", str(args.rounds), "--seconds", str(args.seconds), *more]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def ratio(measured, what, peer):
    row = next(r for r in measured["against"] if r["what"] == what and r["peer"] == peer)
    return f"{row['ratio']:.2f} ({row['lowest']:.2f} to {row['highest']:.2f})"


def ours(measured, what):
    return next(r for r in measured["against"] if r["what"] == what)["ours"]


class CifarTable:
    BEGIN, END = "<!-- speed table: experiments/speed_table.py writes it -->", "<!-- end of the speed table -->"
    NETS = CIFAR_NETS
    SETTING = "data pipeline included"
    COLUMNS = [
        "| net | precision | training, images/s | times Python, best tuned | times Python, as it comes | inference, images/s "
        "| times Python, best tuned | test set, s | times Python, best tuned | commit, Python's torch |",
        "|---|---|---:|---|---|---:|---|---:|---|---|",
    ]

    @staticmethod
    def measure(model, precision, args):
        m = benchmark(model, precision, args)
        return m, (
            f"{ours(m, 'training'):.0f} | {ratio(m, 'training', 'best tuned')} | {ratio(m, 'training', 'as it comes')} "
            f"| {ours(m, 'inference'):.0f} | {ratio(m, 'inference', 'best tuned')} "
            f"| {ours(m, 'evaluation'):.2f} | {ratio(m, 'evaluation', 'best tuned')}"
        )


class PhotoTable:
    BEGIN = "<!-- speed table of nets for photographs: experiments/speed_table.py writes it -->"
    END = "<!-- end of the speed table of nets for photographs -->"
    NETS = PHOTO_NETS
    SETTING = "224 pixels, batches in memory"
    COLUMNS = [
        "| net | precision | training, images/s | times Python, best tuned | times Python, as it comes "
        "| ten-crop, photographs/s | times torch.jit.freeze | times Python, best tuned | times Python, as it comes "
        "| commit, Python's torch |",
        "|---|---|---:|---|---|---:|---|---|---|---|",
    ]

    @staticmethod
    def measure(model, precision, args):
        m = benchmark(model, precision, args)
        cells = f"{ours(m, 'training'):.1f} | {ratio(m, 'training', 'best tuned')} | {ratio(m, 'training', 'as it comes')}"
        if model not in TEN_CROP_NETS:
            return m, cells + " | | | |"
        t = benchmark(model, precision, args, "--test", "ten-crop")
        peers = ["torch.jit.freeze", "best tuned", "as it comes"]
        ratios = " | ".join(ratio(t, "ten-crop", peer) for peer in peers)
        return m, f"{cells} | {ours(t, 'ten-crop'):.2f} | {ratios}"


def head_of(measured, setting):
    m = measured
    return (
        f"{m['cpu']}, {m['threads']} threads, {m['simd']}, LibTorch {m['libtorch']}, batch {m['batch']}, {setting}; medians of "
        f"{m['rounds']} alternating rounds, and in brackets the lowest and the highest."
    )


def short(commit):
    number, *dirty = commit.split("-")
    return "-".join([number[:7], *dirty])


def rows_of(block):
    """{(net, precision): line} of a table's lines."""
    lines = block.splitlines()
    ruler = next((i for i, line in enumerate(lines) if RULER.fullmatch(line)), len(lines))
    rows = [line for line in lines[ruler + 1 :] if line.startswith("|")]
    return {tuple(cell.strip() for cell in line.split("|")[1:3]): line for line in rows}


def updated(block, head, measured_rows, table):
    """The block with these rows among its own, in the order of the nets; without its own if they are of another head."""
    rows = rows_of(block)
    if rows and head not in block.splitlines():
        kept_out = sorted(set(rows) - set(measured_rows))
        if kept_out:
            print(f"dropped, as they were measured otherwise: {kept_out}", file=sys.stderr)
        rows = {}
    rows.update(measured_rows)
    ordered = [rows[key] for key in [(net, p) for net in table.NETS for p in PRECISIONS] if key in rows]
    return "\n".join([head, "", *table.COLUMNS, *ordered])


def write(table, head, measured_rows):
    readme = ROOT / "README.md"
    text = readme.read_text()
    found = re.search(re.escape(table.BEGIN) + "\n(.*?)\n?" + re.escape(table.END), text, flags=re.S)
    assert found, f"{readme}: the marks of the table are gone: {table.BEGIN} and {table.END}"
    block = updated(found.group(1), head, measured_rows, table)
    readme.write_text(f"{text[: found.start()]}{table.BEGIN}\n{block}\n{table.END}{text[found.end() :]}")
    print(block)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(CIFAR_NETS + PHOTO_NETS))
    parser.add_argument("--precisions", default=",".join(PRECISIONS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    models, precisions = args.models.split(","), args.precisions.split(",")
    for name in models:
        if name not in CIFAR_NETS + PHOTO_NETS:
            parser.error(f"--models: {name} is in neither table, expected some of {', '.join(CIFAR_NETS + PHOTO_NETS)}")
    for name in precisions:
        if name not in PRECISIONS:
            parser.error(f"--precisions: {name} is unknown, expected fp32 or bf16")
    commit = None  # of the first row: after it README.md is changed, which git calls dirty
    for table in (CifarTable, PhotoTable):
        for model in [net for net in table.NETS if net in models]:
            for precision in precisions:
                # Written at once: what takes long may be cut short.
                measured, cells = table.measure(model, precision, args)
                commit = commit or measured["commit"]
                row = f"| {model} | {precision} | {cells} | {short(commit)}, {measured['python_torch']} |"
                write(table, head_of(measured, table.SETTING), {(model, precision): row})


if __name__ == "__main__":
    main()
