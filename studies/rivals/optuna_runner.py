# SPDX-License-Identifier: Apache-2.0
"""Optuna (gp, tpe, nsga2, random) on the problems of a study; see served.py."""

import contextlib
import sys
import warnings

import optuna
import optuna.samplers._gp.sampler as gp_sampler

import served


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


def run_one(space, run, sampler, seed):
    """A design that breaks a known limit counts for Optuna with the worst objectives so far."""
    study = optuna.create_study(
        directions=["minimize"] * len(space["objectives"]), sampler=sampler_of(sampler, seed, space)
    )
    worst = None
    while run.goes_on():
        trial = study.ask()
        metrics, _ = run.ask({parameter["name"]: suggest(trial, parameter) for parameter in space["parameters"]})
        trial.set_user_attr("limits", [metrics[limit] for limit in space["limits"]])
        values = [metrics[objective] for objective in space["objectives"]]
        if None not in values:
            worst = values if worst is None else [max(pair) for pair in zip(worst, values)]
            study.tell(trial, values)
        elif worst is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, worst)


optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
if sys.argv[1:] == ["--version"]:
    print("optuna", optuna.__version__)
else:
    served.serve_runs(run_one)
