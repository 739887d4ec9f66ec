#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calibrates a GPU by libtorch, forecasts networks that it has not seen, measures them, shows the error.

Per precision: roofs and kernels of random networks (forecost calibrate), then zoo networks at several batches, inference
and training steps, forecast before they are measured; beside ours a roofline and NeuralPower's recipe on the same
measurements. Every measurement is kept in build/gpu_campaign: an interrupted campaign goes on where it stopped, and what
is left when the minutes are over is left for the next call.

FORECOST_CAMPAIGN_PROVIDER (cuda; cpu for a rehearsal), _PRECISIONS (fp32,tf32,bf16), _NETWORKS, _BATCHES (1,8,32),
_BUDGET (seconds of calibration per precision, 300), _MINUTES (9, of this call), _PROGRAM (build/bin/forecost), _FOLDER.
"""
import csv
import gzip
import json
import math
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
NETWORKS = """lenet5 mlp cifar10_6conv alexnet nin vgg11 vgg16 googlenet inception_v3 resnet18 resnet50 resnext50_32x4d
densenet121 squeezenet1_1 mobilenet_v1 mobilenet_v2 mobilenet_v3_large mnasnet1_0 shufflenet_v2_x1_0 efficientnet_b0
regnet_y_400mf convnext_tiny vit_s_16 distilbert unet"""
LATENCY_GOAL, ENERGY_GOAL = 5.0, 7.0  # MAPE, %
FAMILIES = ["", "roofline", "neuralpower"]


def setting(name, other):
    return os.environ.get(f"FORECOST_CAMPAIGN_{name}", other)


PROVIDER = setting("PROVIDER", "cuda")
PRECISIONS = setting("PRECISIONS", "fp32,tf32,bf16").split(",")
BATCHES = [int(batch) for batch in setting("BATCHES", "1,8,32").split(",")]
FOLDER = pathlib.Path(setting("FOLDER", str(ROOT / "build" / "gpu_campaign")))
PROGRAM = setting("PROGRAM", str(ROOT / "build" / "bin" / "forecost"))
ENDS = time.monotonic() + 60 * float(setting("MINUTES", "9"))


def result(name, value, unit, goal=None):
    tail = "" if goal is None else f" goal {goal:g} {'met' if value <= goal else 'missed'}"
    print(f"RESULT gpu_campaign.{name} {value:.2f} {unit}{tail}", flush=True)


def forecost(*words):
    """Its JSON, or None and its last words."""
    done = subprocess.run([PROGRAM, "--home", str(FOLDER), *words, "--format", "json"], capture_output=True, text=True,
                          check=False)
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return None, (done.stderr.strip().splitlines() or ["no word"])[0]


class Kept:
    """What is done, in a file that is whole at any moment."""

    def __init__(self, file):
        self.file = file
        self.rows = json.loads(file.read_text()) if file.exists() else {}

    def put(self, key, row):
        self.rows[key] = row
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.rows, indent=1))
        new.replace(self.file)


def device_of(precision):
    return f"{PROVIDER}-{precision}"


def runner_of(precision):
    return ["--runner", "torch", "--provider", PROVIDER, "--precision", precision, "--on", device_of(precision),
            "--threads", "1"]


def calibrate(kept, precision):
    key = f"calibrated {precision}"
    if key in kept.rows:
        return ""
    budget = min(float(setting("BUDGET", "300")), ENDS - time.monotonic())
    if budget < 1:
        return "the minutes are over"
    told, words = forecost("calibrate", *runner_of(precision), "--budget", f"{budget:.0f}s")
    if told is None:
        return words
    kept.put(key, {"networks": told["networks_measured"], "kernels": told["kernels_measured"]})
    return ""


def forecasts(precision, network, batch, training):
    """Milliseconds and, where the device knows it, millijoules, by family."""
    made = {}
    for family in FAMILIES[:1] if training else FAMILIES:
        words = ["predict", f"zoo:{network}", "--batch", str(batch), "--on", device_of(precision)]
        words += ["--family", family] if family else []
        words += ["--training", training] if training else []
        told, _ = forecost(*words)
        if told is not None:
            made[family or "ours"] = {"ms": told["step_ms" if training else "latency_ms"], "mj": told.get("energy_mj"),
                                      "basis": told.get("basis", ""), "width": told.get("step_high_ms")}
    return made


def measure(kept, precision, network, batch, training):
    key = f"{precision} {network} {batch} {training}"
    if key in kept.rows or time.monotonic() > ENDS:
        return
    before = forecasts(precision, network, batch, training)
    words = ["measure", f"zoo:{network}", "--batch", str(batch), *runner_of(precision)]
    told, why = forecost(*words, *(["--training", training] if training else []))
    if told is None or not told["networks"]:
        kept.put(key, {"failure": why})
        return
    row = told["networks"][0]
    kept.put(key, {"ms": row["measured_ms"], "mj": row["energy_mj"], "forecasts": before})


def errors_of(kept, precision, training, family, what):
    errors = []
    for key, row in kept.rows.items():
        words = key.split(" ")
        if len(words) != 4 or words[0] != precision or bool(words[3]) != training or not row.get(what):
            continue
        forecast = row["forecasts"].get(family, {}).get(what)
        if forecast:
            errors.append(100 * abs(forecast / row[what] - 1))
    return errors


def show(kept, precision):
    for family in ["ours", "roofline", "neuralpower"]:
        for what, name, goal in (("ms", "latency", LATENCY_GOAL), ("mj", "energy", ENERGY_GOAL)):
            errors = errors_of(kept, precision, False, family, what)
            if errors:
                result(f"{precision}.{family}.{name}_mape", statistics.mean(errors), f"% of {len(errors)} networks",
                       goal if family == "ours" else None)
            elif family == "ours":
                print(f"skipped: {name} of {precision}, nothing was measured and forecast")
    errors = errors_of(kept, precision, True, "ours", "ms")
    if errors:
        result(f"{precision}.training_by_rule_mape", statistics.mean(errors), f"% of {len(errors)} training steps")
    fitted, _ = forecost("predict", "zoo:lenet5", "--on", device_of(precision), "--training", "sgd")
    if fitted and fitted["basis"] == "fitted":
        result(f"{precision}.training_fitted_within", 100 * math.log(fitted["step_high_ms"] / fitted["step_ms"]),
               f"% for 9 of 10 of {fitted['networks_measured']} training steps, each left out in turn")
    failures = [key for key, row in kept.rows.items() if "failure" in row and key.startswith(precision)]
    for key in failures:
        print(f"left out: {key}: {kept.rows[key]['failure']}")


def export(kept):
    """Measured networks and kernels as compressed CSV files of the project."""
    folder = ROOT / "data" / "measurements"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gpu_campaign.json").write_text(json.dumps(kept.rows, indent=1))
    store = sqlite3.connect(FOLDER / "measurements.sqlite")
    rows = store.execute("SELECT device.name, device.card, network.name, kernel.content, kernel_time.seconds "
                         "FROM kernel_time JOIN network ON network.id = kernel_time.network "
                         "JOIN device ON device.id = network.device JOIN kernel ON kernel.id = kernel_time.kernel")
    with gzip.open(folder / "gpu_campaign_kernels.csv.gz", "wt", newline="") as file:
        table = csv.writer(file)
        table.writerow(["device", "processor", "network", "op", "path", "inputs", "outputs", "median_us"])
        for device, card, network, content, seconds in rows:
            kernel, samples = json.loads(content), json.loads(seconds)
            if samples:
                table.writerow([device, json.loads(card)["processor"], network, kernel["op"], kernel["path"],
                                kernel["inputs"], kernel["outputs"], f"{statistics.median(samples) * 1e6:.2f}"])


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = Kept(FOLDER / "campaign.json")
    for precision in PRECISIONS:
        why = calibrate(kept, precision)
        if why:
            print(f"skipped: {device_of(precision)}: {why}")
            continue
        told = kept.rows[f"calibrated {precision}"]
        result(f"{precision}.kernels", told["kernels"], "kernels")
        for network in setting("NETWORKS", NETWORKS).replace(",", " ").split():
            for batch in BATCHES:
                measure(kept, precision, network, batch, "")
            measure(kept, precision, network, BATCHES[-1], "sgd")
        show(kept, precision)
    if PROVIDER == "cuda" and len(kept.rows) > len(PRECISIONS):
        export(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
