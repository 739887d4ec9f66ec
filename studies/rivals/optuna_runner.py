# SPDX-License-Identifier: Apache-2.0
"""optuna_runner.py STUDY PROBLEM SAMPLER FIRST LAST TRIALS: Optuna runs on a problem that STUDY --serve answers.

One run for each seed from FIRST to LAST: prints one design a line as JSON, then the CPU seconds that Optuna itself
spent. A design whose answer has no objective (null) breaks a limit that is known beforehand: Optuna is told so, and
it is no trial. Nor is one that the answer calls "again": it was a trial before. A run ends with an answer that says
"done". At most thirty designs per trial are asked for. The line "null" tells the server that the next run begins.
"""

import contextlib
import json
import subprocess
import sys
import time
import warnings

import optuna
import optuna.samplers._gp.sampler as gp_sampler


class OldTorch:
    """torch before 2.0 for Optuna's GP sampler, which enters its one device as a context."""

    def __getattr__(self, name):
        import torch

        return getattr(torch, name)

    def device(self, name):
        return contextlib.nullcontext()


def sampler_of(name, seed, space):
    limits = space["limits"]
    constraints = (lambda trial: trial.user_attrs["limits"]) if limits else None
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, constraints_func=constraints)
    if name == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed, population_size=20, constraints_func=constraints)
    if name == "gp":
        import torch

        if not hasattr(torch.device, "__enter__"):
            gp_sampler.torch = OldTorch()
        return optuna.samplers.GPSampler(seed=seed, constraints_func=constraints)
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    raise SystemExit(f"no sampler {name}")


def suggest(trial, parameter):
    name, low, high = parameter["name"], parameter["low"], parameter["high"]
    if parameter["ordinal"]:
        return parameter["choices"][trial.suggest_int(name, 0, len(parameter["choices"]) - 1)]
    if parameter["choices"]:
        return trial.suggest_categorical(name, parameter["choices"])
    if parameter["integer"]:
        return trial.suggest_int(name, int(low), int(high), log=parameter["log"])
    return trial.suggest_float(name, low, high, log=parameter["log"])


def run(space, server, sampler, trials):
    study = optuna.create_study(directions=["minimize"] * len(space["objectives"]), sampler=sampler)
    designs = []
    worst = None
    asked = 0
    before = time.process_time()
    while len(designs) < trials and asked < 30 * trials:
        asked += 1
        trial = study.ask()
        design = {parameter["name"]: suggest(trial, parameter) for parameter in space["parameters"]}
        server.stdin.write(json.dumps(design) + "\n")
        server.stdin.flush()
        metrics = json.loads(server.stdout.readline())
        trial.set_user_attr("limits", [metrics[limit] for limit in space["limits"]])
        values = [metrics[objective] for objective in space["objectives"]]
        if None in values:
            if worst is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, worst)
            continue
        worst = values if worst is None else [max(pair) for pair in zip(worst, values)]
        study.tell(trial, values)
        if not metrics.get("again"):
            designs.append(metrics.get("design", design))
        if metrics.get("done"):
            break
    return designs, time.process_time() - before


def main():
    program, problem, sampler, first, last, trials = sys.argv[1:]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    space = json.loads(subprocess.run([program, "--describe", problem], capture_output=True, check=True).stdout)
    server = subprocess.Popen([program, "--serve", problem], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for seed in range(int(first), int(last) + 1):
        server.stdin.write("null\n")
        designs, spent = run(space, server, sampler_of(sampler, seed, space), int(trials))
        for design in designs:
            print(json.dumps(design))
        print(spent)
    server.stdin.close()
    server.wait()


main()
