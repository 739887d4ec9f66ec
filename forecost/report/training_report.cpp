// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/training_report.h"

#include <fmt/format.h>

namespace forecost::report {

Report training_report(const prediction::TrainingCost& cost) {
  const prediction::TrainingFactors& factors = cost.factors;
  const bool fitted = factors.networks > 0;
  const std::string basis =
      fitted ? fmt::format("fitted to steps of {} networks measured on this device", factors.networks)
             : "forward as forecast; backward and update by rule, not measured";
  const std::string step = fitted ? fmt::format("{} (90 % interval {} .. {})", to_text(cost.step.time),
                                                to_text(cost.step.low), to_text(cost.step.high))
                                  : to_text(cost.step.time) + " (no interval)";
  const prediction::TrainingMemory& memory = cost.memory;
  Report report{.kind = "forecost.training",
                .version = 1,
                .title = "Training " + cost.network,
                .facts = {},
                .tables = {},
                .warnings = cost.warnings,
                .csv_table = ""};
  report.facts = {{"network", "", cost.network, Audience::machines},
                  {"device", "device", cost.device},
                  {"optimiser", "optimiser", cost.optimiser, Audience::everyone,
                   cost.optimiser == "sgd" ? "sgd (momentum)" : cost.optimiser},
                  {"batch", "batch", cost.batch},
                  {"basis", "basis", std::string(fitted ? "fitted" : "rule"), Audience::everyone, basis},
                  {"networks_measured", "", static_cast<std::int64_t>(factors.networks), Audience::machines},
                  {"step_ms", "step", cost.step.time, Audience::everyone, step},
                  {"step_low_ms", "", fitted ? Value(cost.step.low) : Value(), Audience::machines},
                  {"step_high_ms", "", fitted ? Value(cost.step.high) : Value(), Audience::machines},
                  {"forward_ms", "forward", cost.forward},
                  {"backward_ms", "backward", cost.backward},
                  {"update_ms", "update", cost.update},
                  {"memory_bytes", "memory", memory.total(), Audience::everyone,
                   fmt::format("{} (weights {}, gradients {}, optimiser {}, kept activations {})",
                               to_text(memory.total()), to_text(memory.weights), to_text(memory.gradients),
                               to_text(memory.state), to_text(memory.activations))},
                  {"memory.weights", "", memory.weights, Audience::machines},
                  {"memory.gradients", "", memory.gradients, Audience::machines},
                  {"memory.optimiser", "", memory.state, Audience::machines},
                  {"memory.activations", "", memory.activations, Audience::machines}};
  const auto energy = [&cost](double times) {
    return cost.energy ? Value(Joules(cost.energy->value * times)) : Value();
  };
  const Audience who = cost.energy ? Audience::everyone : Audience::machines;
  report.facts.push_back(
      {"energy_mj", "energy", energy(1), who,
       cost.energy ? fmt::format("{} (by {})", to_text(*cost.energy), cost.energy_source) : std::string()});
  if (cost.samples > 0) {
    const auto steps = static_cast<double>(cost.steps);
    report.facts.push_back({"samples", "samples", cost.samples});
    report.facts.push_back({"steps", "steps of an epoch", cost.steps});
    report.facts.push_back({"epoch_ms", "epoch", cost.step.time * steps});
    report.facts.push_back({"epoch_energy_mj", "energy of an epoch", energy(steps), who});
  }
  return report;
}

}  // namespace forecost::report
