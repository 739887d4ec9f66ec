#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A board over ssh as a device of Forecost: copies the network there, and starts bench.py on it.

    forecost calibrate --runner command --program './ssh_board.py pi@board' --on board

A shared connection makes it fast: in ~/.ssh/config, ControlMaster auto, ControlPath ~/.ssh/%C, ControlPersist 10m.
BatchMode keeps ssh from waiting for a password.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys

OPTIONS = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]


def copy(files, host, folder):
    subprocess.run(["scp", "-q", *OPTIONS, *files, f"{host}:{folder}/"], check=True, stdout=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("--bench", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.py"))
    parser.add_argument("--python", default="python3", help="the board's")
    parser.add_argument("--folder", default="/tmp/forecost", help="on the board")
    parser.add_argument("words", nargs="*", help="options of bench.py, after --")
    arguments = parser.parse_args()
    question = json.loads(sys.stdin.readline())
    there = ["ssh", *OPTIONS, arguments.host]
    files = [arguments.bench]
    if question["ask"] == "measure":
        files.append(question["network"])
        question["network"] = f"{arguments.folder}/{os.path.basename(question['network'])}"
    try:
        subprocess.run([*there, f"mkdir -p {shlex.quote(arguments.folder)}"], check=True, stdin=subprocess.DEVNULL,
                       stdout=sys.stderr)
        copy(files, arguments.host, arguments.folder)
    except subprocess.CalledProcessError as problem:
        print(f"{problem.cmd[0]} ended with {problem.returncode}", file=sys.stderr)
        return 1
    bench = f"{arguments.folder}/{os.path.basename(arguments.bench)}"
    command = " ".join(shlex.quote(word) for word in [arguments.python, bench, *arguments.words])
    return subprocess.run([*there, command], input=json.dumps(question) + "\n", text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
