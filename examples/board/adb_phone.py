#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A phone over adb as a device of Forecost, by ONNX Runtime's own onnxruntime_perf_test.

    adb push onnxruntime_perf_test libonnxruntime.so /data/local/tmp/
    forecost measure resnet50.onnx --runner command --program ./adb_phone.py

Build both with ONNX Runtime's build.sh --android. The program writes one line per run into a file: network, seconds,
peak bytes, processor share, number of the run.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys


def say(**line):
    print(json.dumps(line), flush=True)


class Phone:
    def __init__(self, serial):
        self.adb = ["adb"] + (["-s", serial] if serial else [])

    def run(self, *words):
        done = subprocess.run([*self.adb, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no word"]
            raise RuntimeError(f"adb {words[0]} ended with {done.returncode}: {last[0]}")
        return done.stdout

    def shell(self, *words):
        return self.run("shell", " ".join(shlex.quote(word) for word in words)).strip()


def measure(phone, question, folder, version):
    network = f"{folder}/{os.path.basename(question['network'])}"
    results = f"{folder}/results.csv"
    phone.run("push", question["network"], network)
    phone.shell("rm", "-f", results)
    dims = [word for name, extent in question["dims"].items() for word in ("-f", f"{name}:{extent}")]
    runs = question["warmup_runs"] + question["least_runs"]
    phone.shell("env", f"LD_LIBRARY_PATH={folder}", f"{folder}/onnxruntime_perf_test", "-e", "cpu", "-I", "-m", "times",
                "-r", str(runs), "-x", str(question["settings"]["threads"]), *dims, network, results)
    rows = [line.split(",") for line in phone.shell("cat", results).splitlines()]
    rows = [row for row in rows if len(row) >= 5][question["warmup_runs"]:]
    if not rows:
        raise RuntimeError(f"onnxruntime_perf_test {version} wrote no times into {results}")
    say(run_ms=[float(row[-4]) * 1e3 for row in rows])
    say(peak_memory_bytes=int(rows[-1][-3]))
    phone.shell("rm", "-f", network, results)
    say(done=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--serial", help="of `adb devices`, where there are several")
    parser.add_argument("--folder", default="/data/local/tmp")
    parser.add_argument("--version", default="unknown", help="of ONNX Runtime on the phone")
    arguments = parser.parse_args()
    question = json.loads(sys.stdin.readline())
    phone = Phone(arguments.serial)
    try:
        model = phone.shell("getprop", "ro.product.model") or "a phone"
        cores = phone.shell("nproc")
        say(format="forecost.runner", version=1, processor=model, cores=int(cores or 1), instruction_set="neon",
            runtime="onnxruntime", runtime_version=arguments.version, provider="CPUExecutionProvider")
        if question["ask"] == "measure":
            if question["training"]:
                raise RuntimeError("onnxruntime_perf_test runs no training steps")
            measure(phone, question, arguments.folder, arguments.version)
    except (RuntimeError, ValueError) as problem:
        say(failure=str(problem), hint="look at `adb devices`, and run onnxruntime_perf_test by hand")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
