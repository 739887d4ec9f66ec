# SPDX-License-Identifier: Apache-2.0
"""The protocol of rivals: a study answers their designs.

A runner is called RUNNER.py STUDY PROBLEM SAMPLER FIRST LAST TRIALS and makes one run for each seed from FIRST to LAST.
For each it prints one design a line as JSON, then a list: the CPU seconds that the optimizer itself spent on each of
these trials. RUNNER.py --version prints what the runs depend on.

A design whose answer has no objective (null) breaks a limit that is known beforehand: it is no trial. Nor is one that
the answer calls "again": it was a trial before. A run ends with an answer that says "done". At most thirty designs per
trial are asked for. The line "null" tells the server that the next run begins.
"""

import json
import subprocess
import sys
import time


class Server:
    def __init__(self, program, problem):
        told = subprocess.run([program, "--describe", problem], capture_output=True, check=True).stdout
        self.space = json.loads(told)
        self.process = subprocess.Popen(
            [program, "--serve", problem], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def write(self, value):
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def answer(self, design):
        self.write(design)
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Run:
    """Counts trials of one run and what the optimizer spent on each."""

    def __init__(self, server, trials):
        server.write(None)
        self.server, self.trials = server, trials
        self.designs, self.seconds = [], []
        self.asked = 0
        self.ended = False
        self.since = time.process_time()

    def goes_on(self):
        return not self.ended and len(self.designs) < self.trials and self.asked < 30 * self.trials

    def ask(self, design):
        """The answer; whether it is a trial is noted."""
        self.asked += 1
        metrics = self.server.answer(design)
        is_new = not metrics.get("again") and None not in [metrics[name] for name in self.server.space["objectives"]]
        if is_new:
            self.designs.append(metrics.get("design", design))
            now = time.process_time()
            self.seconds.append(now - self.since)
            self.since = now
        self.ended = bool(metrics.get("done"))
        return metrics, is_new


def serve_runs(run_one):
    """run_one(space, run, sampler, seed) fills a Run."""
    program, problem, sampler, first, last, trials = sys.argv[1:]
    server = Server(program, problem)
    for seed in range(int(first), int(last) + 1):
        run = Run(server, int(trials))
        run_one(server.space, run, sampler, seed)
        for design in run.designs:
            print(json.dumps(design))
        print(json.dumps(run.seconds), flush=True)
    server.close()
