// SPDX-License-Identifier: Apache-2.0
// Optima were recomputed by many-start SLSQP or enumeration. Limits: Gelbart et al. 2014, Gardner et al.
// 2014, Gramacy et al. 2016, Letham et al. 2019 (Hartmann), Eriksson and Poloczek 2021 (Ackley, Keane's
// bump); Ackley with 50 binary parameters: Papenmeier et al. 2023.
#include "known_problems.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "forecost/outcome/outcome.h"
#include "known_formulas.h"

namespace forecost::studies {
namespace {

using search::Design;
using search::Metrics;
using search::Parameter;
using std::numbers::pi;
using Function = std::function<Outcome(const Values&)>;

Parameter real(std::string name, double low, double high) {
  return {.name = std::move(name), .kind = Parameter::Kind::real, .low = low, .high = high};
}
Parameter integer(std::string name, double low, double high) {
  return {.name = std::move(name), .kind = Parameter::Kind::integer, .low = low, .high = high};
}

std::vector<Parameter> cube(std::size_t dimensions, double low, double high) {
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < dimensions; ++i) parameters.push_back(real("x" + std::to_string(i), low, high));
  return parameters;
}

KnownProblem make(std::string name, std::vector<Parameter> parameters, const Function& function,
                  double optimum) {
  auto space = search::Space::make(std::move(parameters));
  FORECOST_EXPECTS(space.has_value(), "the spaces of the known problems are valid");
  Values middle;
  for (const Parameter& p : space->parameters())
    middle.push_back(p.discrete() ? p.low : (p.low + p.high) / 2);
  const Outcome shape = function(middle);
  KnownProblem known;
  known.name = std::move(name);
  known.problem.space = *std::move(space);
  const bool several = shape.objectives.size() > 1;
  for (std::size_t i = 0; i < shape.objectives.size(); ++i)
    known.problem.objectives.push_back({.metric = several ? "f" + std::to_string(i + 1) : "f"});
  for (std::size_t i = 0; i < shape.limits.size(); ++i)
    known.problem.limits.push_back({.metric = "g" + std::to_string(i + 1), .bound = 0});
  known.evaluate = [function, several](const Design& design) {
    const Outcome outcome = function(design.values);
    Metrics metrics;
    for (std::size_t i = 0; i < outcome.objectives.size(); ++i)
      metrics[several ? "f" + std::to_string(i + 1) : "f"] = outcome.objectives[i];
    for (std::size_t i = 0; i < outcome.limits.size(); ++i)
      metrics["g" + std::to_string(i + 1)] = outcome.limits[i];
    return metrics;
  };
  known.optimum = optimum;
  return known;
}

KnownProblem with(KnownProblem known, Bar bar, Values reference = {}) {
  known.bar = bar;
  for (std::size_t o = 0; o < reference.size(); ++o) known.problem.objectives[o].worst = reference[o];
  known.reference = std::move(reference);
  return known;
}

std::vector<Parameter> cnn_parameters() {
  return {integer("layers", 1, 12),
          {.name = "width", .kind = Parameter::Kind::integer, .low = 8, .high = 256, .log = true},
          {.name = "kernel", .kind = Parameter::Kind::categorical, .choices = {"1", "3", "5", "7"}},
          {.name = "act",
           .kind = Parameter::Kind::categorical,
           .choices = {"\"relu\"", "\"gelu\"", "\"swish\"", "\"tanh\""}},
          {.name = "lr", .kind = Parameter::Kind::real, .low = 1e-5, .high = 1e-1, .log = true},
          {.name = "batch",
           .kind = Parameter::Kind::categorical,
           .choices = {"16", "32", "64", "128", "256", "512"}},
          real("dropout", 0, 0.6)};
}

Function cnn_limits(double latency, double energy) {
  return [=](const Values& v) -> Outcome {
    const Cnn c = cnn(v);
    return {{c.error}, {c.latency - latency, c.energy - energy}};
  };
}

/// The two limits of a CNN problem become known: their forecast is exact.
KnownProblem forecast_limits(KnownProblem known) {
  for (search::Limit& limit : known.problem.limits) limit.known = true;
  const auto evaluate = known.evaluate;
  known.problem.forecast = [evaluate](const Design& design) -> Result<std::vector<search::Known>> {
    const Metrics metrics = evaluate(design);
    return std::vector<search::Known>{{.value = metrics.at("g1")}, {.value = metrics.at("g2")}};
  };
  return known;
}

Outcome scbo_ackley(const Values& x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return {{ackley(x)}, {sum, length(x) - 5}};
}

void add_one_objective(std::vector<KnownProblem>& all) {
  const std::vector<Parameter> branin_box = {real("x0", -5, 10), real("x1", 0, 15)};
  all.push_back(with(make(
                         "branin", branin_box,
                         [](const Values& x) -> Outcome {
                           return {{branin(x[0], x[1])}, {}};
                         },
                         0.397887),
                     {0.3979, 0.3979, "Optuna GP"}));
  all.push_back(with(make(
                         "hartmann6", cube(6, 0, 1),
                         [](const Values& x) -> Outcome {
                           return {{hartmann6(x)}, {}};
                         },
                         -3.322368),
                     {-3.3223, -3.3224, "bayesopt"}));
  all.push_back(make(
      "ackley10_shifted", cube(10, -32.768, 32.768),
      [](const Values& x) -> Outcome {
        return {{shifted_ackley(x)}, {}};
      },
      0));
  all.push_back(with(make(
                         "cbranin", branin_box,
                         [](const Values& x) -> Outcome {
                           return {{branin(x[0], x[1])}, {disk(x[0], x[1])}};
                         },
                         0.397887),
                     {0.3979, 0.3979, "Optuna GP"}));
  all.push_back(with(make(
                         "chartmann6", cube(6, 0, 1),
                         [](const Values& x) -> Outcome {
                           return {{hartmann6(x)}, {length(x) - 1}};
                         },
                         -3.322368),
                     {-3.3223, -3.3224, "Optuna GP"}));
  all.push_back(with(
      make(
          "gardner1", cube(2, 0, 6),
          [](const Values& x) -> Outcome {
            return {{std::cos(2 * x[0]) * std::cos(x[1]) + std::sin(x[0])}, {std::cos(x[0] + x[1]) - 0.5}};
          },
          -2.0),
      {-2.0, -2.0, "Optuna GP"}));
  all.push_back(with(make(
                         "gardner2", cube(2, 0, 6),
                         [](const Values& x) -> Outcome {
                           return {{std::sin(x[0]) + x[1]}, {std::sin(x[0]) * std::sin(x[1]) + 0.95}};
                         },
                         0.2532359),
                     {0.2532, 0.2532, "Optuna GP"}));
  all.push_back(make(
      "gramacy", cube(2, 0, 1),
      [](const Values& x) -> Outcome {
        return {{x[0] + x[1]},
                {1.5 - x[0] - 2 * x[1] - 0.5 * std::sin(2 * pi * (x[0] * x[0] - 2 * x[1])),
                 x[0] * x[0] + x[1] * x[1] - 1.5}};
      },
      0.5997881));
  all.push_back(
      with(make("cackley10", cube(10, -5, 10), scbo_ackley, 0), {3.5760, 2.9936, "BoTorch, Optuna GP"}));
  all.push_back(with(make(
                         "pressure_vessel_rounded",
                         {real("x0", 0, 10), real("x1", 0, 10), real("x2", 10, 50), real("x3", 150, 200)},
                         [](const Values& x) {
                           return pressure_vessel(x[0], x[1], x[2], x[3], std::nearbyint(x[0] * 16) / 16,
                                                  std::nearbyint(x[1] * 16) / 16);
                         },
                         5633.950),
                     {5824, 5810, "Optuna GP"}));
  all.push_back(with(make(
                         "pressure_vessel",
                         {integer("n1", 1, 99), integer("n2", 1, 99), real("r", 10, 200), real("l", 10, 200)},
                         [](const Values& x) {
                           return pressure_vessel(x[0] / 16, x[1] / 16, x[2], x[3], x[0] / 16, x[1] / 16);
                         },
                         6059.714335),
                     {6094, 6092, "Optuna GP"}));
  all.push_back(
      with(make("welded_beam",
                {real("x0", 0.125, 10), real("x1", 0.1, 10), real("x2", 0.1, 10), real("x3", 0.1, 10)},
                welded_beam, 1.724852),
           {2.3558, 2.3735, "BoTorch, Optuna GP"}));
  all.push_back(make("speed_reducer",
                     {real("x0", 2.6, 3.6), real("x1", 0.7, 0.8), real("x2", 17, 28), real("x3", 7.3, 8.3),
                      real("x4", 7.8, 8.3), real("x5", 2.9, 3.9), real("x6", 5.0, 5.5)},
                     speed_reducer, 2996.34829));
  all.push_back(with(make("mixed_cnn", cnn_parameters(), cnn_limits(1.5, 4.0), 7.80186),
                     {8.0625, 7.8541, "Optuna GP"}));
  all.push_back(
      with(forecast_limits(make("mixed_cnn_known", cnn_parameters(), cnn_limits(0.7, 1.5), 12.67563)),
           {12.99, 12.99, "Optuna GP, limits learned, at 50 trials"}));
}

void add_many_dimensions(std::vector<KnownProblem>& all) {
  all.push_back(make("cackley20", cube(20, -5, 10), scbo_ackley, 0));
  all.push_back(make("keane30", cube(30, 0, 10), keane, -0.8219));
  std::vector<Parameter> parameters = cube(3, -1, 1);
  for (int i = 0; i < 50; ++i) parameters.push_back(integer("b" + std::to_string(i), 0, 1));
  all.push_back(make(
      "ackley53", std::move(parameters),
      [](const Values& x) -> Outcome {
        return {{ackley(x)}, {}};
      },
      0));
}

void add_several_objectives(std::vector<KnownProblem>& all) {
  all.push_back(with(make(
                         "branin_currin", cube(2, 0, 1),
                         [](const Values& x) -> Outcome {
                           return {{branin(15 * x[0] - 5, 15 * x[1]), currin(x[0], x[1])}, {}};
                         },
                         59.36011874867746),
                     {58.305, 57.918, "BoTorch, Optuna GP"}, {18, 6}));
  all.push_back(with(make(
                         "cbranin_currin", cube(2, 0, 1),
                         [](const Values& x) -> Outcome {
                           const double a = 15 * x[0] - 5;
                           const double b = 15 * x[1];
                           return {{branin(a, b), currin(x[0], x[1])}, {disk(a, b)}};
                         },
                         608.523),
                     {606.34, 607.83, "Optuna GP"}, {80, 12}));
  all.push_back(with(make(
                         "zdt1_d6", cube(6, 0, 1),
                         [](const Values& x) -> Outcome {
                           return {zdt1(x), {}};
                         },
                         1.21 - 1.0 / 3),
                     {0.8544, 0.8295, "BoTorch, Optuna GP"}, {1.1, 1.1}));
  all.push_back(with(make(
                         "c2dtlz2", cube(12, 0, 1),
                         [](const Values& x) -> Outcome {
                           Values f = dtlz2(x);
                           const double limit = c2_limit(f);
                           return {std::move(f), {limit}};
                         },
                         0.38227),
                     {0.2483, 0.2771, "Optuna GP"}, {1.1, 1.1}));
  all.push_back(with(make(
                         "dtlz2_three", cube(6, 0, 1),
                         [](const Values& x) -> Outcome {
                           return {dtlz2(x, 3), {}};
                         },
                         1.331 - pi / 6),
                     {}, {1.1, 1.1, 1.1}));
  all.push_back(with(make(
                         "mixed_cnn_two", cnn_parameters(),
                         [](const Values& v) -> Outcome {
                           const Cnn c = cnn(v);
                           return {{c.error, c.latency}, {c.energy - 12}};
                         },
                         81.513),
                     {70.957, 73.929, "Optuna GP"}, {25, 5}));
}

}  // namespace

std::vector<KnownProblem> known_problems() {
  std::vector<KnownProblem> all;
  add_one_objective(all);
  add_many_dimensions(all);
  add_several_objectives(all);
  return all;
}

KnownProblem known_problem(std::string_view name) {
  for (KnownProblem& known : known_problems()) {
    if (known.name == name) return std::move(known);
  }
  FORECOST_EXPECTS(false, "the problem exists");
  return {};
}

std::vector<double> objectives_of(const KnownProblem& known, const search::Trial& trial) {
  std::vector<double> values;
  for (const search::Objective& objective : known.problem.objectives)
    values.push_back(trial.metrics.at(objective.metric));
  return values;
}

search::Trial finished(const KnownProblem& known, std::int64_t number, search::Design design) {
  search::Trial trial;
  trial.number = number;
  trial.metrics = known.evaluate(design);
  trial.design = std::move(design);
  trial.state = search::TrialState::complete;
  return trial;
}

double hypervolume(std::vector<std::pair<double, double>> points, const std::vector<double>& reference) {
  std::sort(points.begin(), points.end());
  double area = 0;
  double top = reference[1];
  for (const auto& [x, y] : points) {
    if (x >= reference[0] || y >= top) continue;
    area += (reference[0] - x) * (top - y);
    top = y;
  }
  return area;
}

}  // namespace forecost::studies
