#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs on a board with Python and ONNX Runtime: reads one question, answers in lines of docs/formats/runner.md.

    python3 bench.py [--power /sys/class/hwmon/hwmon3/power1_input]

--power names a file that holds microwatts; energy is then mean power times time, in a window of two seconds.
"""

import argparse
import json
import os
import platform
import sys
import threading
import time

import numpy
import onnxruntime

TYPES = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16, "tensor(double)": numpy.float64,
         "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32, "tensor(uint8)": numpy.uint8,
         "tensor(int8)": numpy.int8, "tensor(bool)": numpy.bool_}


def say(**line):
    print(json.dumps(line), flush=True)


def processor():
    for name in ("/proc/device-tree/model", "/proc/cpuinfo"):
        if os.path.exists(name):
            text = open(name, errors="replace").read().strip("\0\n")
            if name.endswith("model"):
                return text
            for line in text.splitlines():
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def instruction_set():
    if platform.machine() in ("aarch64", "arm64", "armv7l"):
        return "neon"
    flags = open("/proc/cpuinfo").read()
    for flag, name in (("avx512_vnni", "avx512_vnni"), ("avx512f", "avx512f"), ("avx2", "avx2"), ("avx", "avx")):
        if f" {flag} " in flags:
            return name
    return "sse2"


def inputs_of(session, question):
    feeds = {}
    random = numpy.random.default_rng(1)
    for one in session.get_inputs():
        shape = []
        for axis, extent in enumerate(one.shape):
            if not isinstance(extent, int):
                extent = question["dims"].get(extent, question["batch"] if axis == 0 else 1)
            shape.append(extent)
        kind = TYPES[one.type]
        if numpy.issubdtype(kind, numpy.floating):
            feeds[one.name] = random.standard_normal(shape).astype(kind)
        else:
            feeds[one.name] = numpy.ones(shape, kind)
    return feeds


class PowerReader(threading.Thread):
    """Mean of a power sensor while it is read."""

    def __init__(self, file):
        super().__init__(daemon=True)
        self.file, self.watts, self.ends = file, [], False

    def run(self):
        while not self.ends:
            self.watts.append(float(open(self.file).read()) * 1e-6)
            time.sleep(0.02)

    def mean(self):
        self.ends = True
        self.join()
        return sum(self.watts) / len(self.watts)


def energy_of(run, file):
    idle = PowerReader(file)
    idle.start()
    time.sleep(1)
    idle_watts = idle.mean()
    reader, runs, start = PowerReader(file), 0, time.perf_counter()
    reader.start()
    while time.perf_counter() - start < 2:
        run()
        runs += 1
    window = time.perf_counter() - start
    total = reader.mean() * window / runs
    say(energy={"sensor": os.path.basename(file), "scope": "board", "total_mj": total * 1e3, "idle_w": idle_watts,
                "window_ms": window * 1e3, "runs": runs})


def measure(question, power):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = question["settings"]["threads"]
    session = onnxruntime.InferenceSession(question["network"], options, providers=["CPUExecutionProvider"])
    feeds = inputs_of(session, question)

    def run():
        start = time.perf_counter()
        session.run(None, feeds)
        return (time.perf_counter() - start) * 1e3

    for _ in range(question["warmup_runs"]):
        run()
    times = []
    while len(times) < question["least_runs"] or sum(times) < question["longest_ms"]:
        times.append(run())
    say(run_ms=times)
    if power and question["energy"]:
        energy_of(run, power)
    say(done=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--power")
    power = parser.parse_args().power
    question = json.loads(sys.stdin.readline())
    if question["version"] != 1:
        say(failure=f"this script speaks version 1 of forecost.runner, not {question['version']}")
        return 1
    say(format="forecost.runner", version=1, processor=processor(), cores=os.cpu_count(),
        instruction_set=instruction_set(), runtime="onnxruntime", runtime_version=onnxruntime.__version__,
        provider="CPUExecutionProvider")
    if question["ask"] == "measure":
        if question["training"]:
            say(failure="ONNX Runtime runs no training steps here", hint="leave --training out")
            return 1
        measure(question, power)
    return 0


if __name__ == "__main__":
    sys.exit(main())
