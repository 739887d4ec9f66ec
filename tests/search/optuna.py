# SPDX-License-Identifier: Apache-2.0
"""optuna.py make|read|continue FILE: what Optuna itself writes, and what it sees, as one JSON object."""

import json
import os
import sys

sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

import optuna  # noqa: E402


def suggest(trial):
    trial.suggest_float("learning rate", 1e-4, 0.1, log=True)
    width = trial.suggest_int("width", 8, 64, log=True)
    trial.suggest_categorical("kernel", [1, 3, 5])
    trial.suggest_categorical("skip", [None, "add", True])
    trial.suggest_int("stride", 0, 10, step=2)
    trial.suggest_float("dropout", 0.0, 0.5, step=0.1)
    if trial.suggest_categorical("block", ["plain", "residual"]) == "residual":
        if trial.suggest_int("depth", 1, 4) > 2:
            trial.suggest_float("scale", 0, 1)
    return width


def make(file):
    constraints = lambda trial: [trial.user_attrs["width"] - 32.0]  # noqa: E731
    sampler = optuna.samplers.TPESampler(seed=1, n_startup_trials=1000, constraints_func=constraints)
    study = optuna.create_study(storage=f"sqlite:///{file}", study_name="mnist, first", sampler=sampler)
    study.set_metric_names(["error rate"])

    def objective(trial):
        if trial.number == 1:
            raise ValueError("before any parameter")
        width = suggest(trial)
        trial.set_user_attr("width", width)
        trial.set_user_attr("note", "text")
        if trial.number == 2:
            raise ValueError("failed")
        for step in range(3):
            trial.report(float("inf") if trial.number == 5 else 1 / (1 + step), step)
            if trial.number == 3:
                raise optuna.TrialPruned()
        return 1 / width

    study.optimize(objective, n_trials=40, catch=(ValueError,))
    study.enqueue_trial({"width": 9})
    read(file)


def proceed(file):
    """Optuna's own sampler goes on with a study that Forecost wrote."""
    (name,) = optuna.get_all_study_names(f"sqlite:///{file}")
    study = optuna.load_study(storage=f"sqlite:///{file}", study_name=name, sampler=optuna.samplers.TPESampler(seed=1))
    always = {k: v for k, v in study.trials[0].distributions.items() if k != "depth"}
    trial = study.ask(always)
    if trial.params["block"] == "residual":
        trial.suggest_int("depth", 1, 4)
    study.tell(trial, 0.25)
    read(file)


def read(file):
    (name,) = optuna.get_all_study_names(f"sqlite:///{file}")
    study = optuna.load_study(storage=f"sqlite:///{file}", study_name=name)
    trials = []
    for trial in study.trials:
        finished = trial.state.is_finished()
        trials.append(
            {
                "number": trial.number,
                "state": trial.state.name,
                "design": trial.params,
                "values": trial.values,
                "steps": {str(k): v if abs(v) < 1e300 else None for k, v in trial.intermediate_values.items()},
                "user": trial.user_attrs,
                "constraints": trial.system_attrs.get("constraints"),
                "seconds": trial.duration.total_seconds() if finished else None,
            }
        )
    single = len(study.directions) == 1
    complete = any(trial["state"] == "COMPLETE" for trial in trials)
    print(
        json.dumps(
            {
                "name": name,
                "directions": [direction.name for direction in study.directions],
                "metric_names": study.metric_names,
                "best": study.best_trial.number if single and complete else None,
                "trials": trials,
            }
        )
    )


optuna.logging.set_verbosity(optuna.logging.ERROR)
{"make": make, "read": read, "continue": proceed}[sys.argv[1]](sys.argv[2])
