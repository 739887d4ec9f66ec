# SPDX-License-Identifier: Apache-2.0
"""BoTorch on the problems of a study; see served.py.

One Gaussian process per objective and limit (SingleTaskGP, values standardised), as many Sobol start points as Forecost
has, then one design at a time. One objective: LogExpectedImprovement, with limits LogConstrainedExpectedImprovement
(analytic, exact for one design); while nothing is feasible, improvement counts from the worst trial, so that the chance
of holding the limits rules. Several: qLogNoisyExpectedHypervolumeImprovement with the limits as constraints, the
problem's reference. Numbers are scaled to the unit cube (logarithms where the space says so), choices are
one-hot, both rounded afterwards, as Ax does by default. A design that was a trial before is followed by a Sobol point.
"""

import math
import sys
import warnings

warnings.simplefilter("ignore")

import botorch  # noqa: E402
import torch  # noqa: E402
from botorch.acquisition.analytic import (  # noqa: E402
    LogConstrainedExpectedImprovement,
    LogExpectedImprovement,
)
from botorch.acquisition.multi_objective.logei import (  # noqa: E402
    qLogNoisyExpectedHypervolumeImprovement,
)
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective  # noqa: E402
from botorch.fit import fit_gpytorch_mll  # noqa: E402
from botorch.models import ModelListGP, SingleTaskGP  # noqa: E402
from botorch.models.transforms import Standardize  # noqa: E402
from botorch.optim import optimize_acqf  # noqa: E402
from botorch.sampling.normal import SobolQMCNormalSampler  # noqa: E402
from gpytorch.mlls import ExactMarginalLogLikelihood  # noqa: E402

import served  # noqa: E402

RESTARTS, RAW, ITERATIONS, SAMPLES = 8, 256, 100, 64


class Cube:
    """Designs as points of the unit cube and back."""

    def __init__(self, space):
        self.parameters = space["parameters"]
        self.widths = [len(p["choices"]) if p["choices"] and not p["ordinal"] else 1 for p in self.parameters]
        self.size = sum(self.widths)

    def design(self, point):
        design, at = {}, 0
        for p, width in zip(self.parameters, self.widths):
            u = point[at : at + width]
            at += width
            if width > 1:
                design[p["name"]] = p["choices"][int(u.argmax())]
            elif p["choices"]:
                design[p["name"]] = p["choices"][round(float(u) * (len(p["choices"]) - 1))]
            else:
                design[p["name"]] = self.number(p, float(u))
        return design

    @staticmethod
    def number(p, u):
        low, high = p["low"], p["high"]
        value = low * (high / low) ** u if p["log"] else low + u * (high - low)
        value = min(max(value, low), high)
        return round(value) if p["integer"] else value

    def point(self, design):
        columns = []
        for p, width in zip(self.parameters, self.widths):
            value = design[p["name"]]
            if width > 1:
                columns += [1.0 if choice == value else 0.0 for choice in p["choices"]]
            elif p["choices"]:
                columns.append(p["choices"].index(value) / max(1, len(p["choices"]) - 1))
            elif p["log"]:
                columns.append(math.log(value / p["low"]) / math.log(p["high"] / p["low"]))
            else:
                columns.append((value - p["low"]) / (p["high"] - p["low"]))
        return torch.tensor(columns, dtype=torch.double)


class Seen:
    """Points and values of each objective (negated: BoTorch maximises) and limit; lists differ in length where a
    known limit refused a design."""

    def __init__(self, space, cube):
        self.space, self.cube = space, cube
        self.points, self.values = [], []
        self.limit_points, self.limits = [], []
        self.held = []

    def add(self, metrics, design, is_new):
        point = self.cube.point(metrics.get("design", design))
        values = [metrics[name] for name in self.space["objectives"]]
        limits = [metrics[name] for name in self.space["limits"]]
        if None in values:
            self.limit_points.append(point)
            self.limits.append(limits)
        elif is_new:
            self.points.append(point)
            self.values.append([-value for value in values])
            self.limit_points.append(point)
            self.limits.append(limits)
            self.held.append(all(limit <= 0 for limit in limits))

    def model(self):
        models = [fitted(self.points, column) for column in zip(*self.values)]
        models += [fitted(self.limit_points, column) for column in zip(*self.limits)]
        return ModelListGP(*models) if len(models) > 1 else models[0]


def fitted(points, values):
    x = torch.stack(points)
    y = torch.tensor(values, dtype=torch.double).unsqueeze(-1)
    model = SingleTaskGP(x, y, outcome_transform=Standardize(m=1))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def acquisition_of(seen):
    objectives, limits = len(seen.space["objectives"]), len(seen.space["limits"])
    model = seen.model()
    held = seen.held
    if objectives == 1:
        values = [row[0] for row, holds in zip(seen.values, held) if holds]
        best = max(values) if values else min(row[0] for row in seen.values)
        if limits == 0:
            return LogExpectedImprovement(model, best_f=best)
        bounds = {1 + i: (None, 0.0) for i in range(limits)}
        return LogConstrainedExpectedImprovement(model, best_f=best, objective_index=0, constraints=bounds)
    return qLogNoisyExpectedHypervolumeImprovement(
        model,
        ref_point=[-worst for worst in seen.space["worst"]],
        X_baseline=torch.stack(seen.points),
        sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=0),
        objective=IdentityMCMultiOutputObjective(outcomes=list(range(objectives))),
        constraints=[lambda z, i=i: z[..., objectives + i] for i in range(limits)] or None,
        prune_baseline=True,
    )


def start_points(space):
    return min(max(len(space["parameters"]) + 3, 5), 14)


def proposed(seen):
    bounds = torch.stack([torch.zeros(seen.cube.size), torch.ones(seen.cube.size)]).double()
    point, _ = optimize_acqf(
        acquisition_of(seen),
        bounds=bounds,
        q=1,
        num_restarts=RESTARTS,
        raw_samples=RAW,
        options={"batch_limit": RESTARTS, "maxiter": ITERATIONS},
    )
    return point.squeeze(0)


def run_one(space, run, sampler, seed):
    if sampler != "botorch":
        raise SystemExit(f"no sampler {sampler}")
    torch.manual_seed(seed)
    cube = Cube(space)
    sobol = torch.quasirandom.SobolEngine(cube.size, scramble=True, seed=seed)
    seen = Seen(space, cube)
    repeated = False
    while run.goes_on():
        if len(run.designs) < start_points(space) or repeated:
            point = sobol.draw(1, dtype=torch.double).squeeze(0)
        else:
            point = proposed(seen)
        design = cube.design(point)
        metrics, is_new = run.ask(design)
        seen.add(metrics, design, is_new)
        repeated = bool(metrics.get("again"))


torch.set_num_threads(1)
if sys.argv[1:] == ["--version"]:
    print("botorch", botorch.__version__, "torch", torch.__version__)
else:
    served.serve_runs(run_one)
