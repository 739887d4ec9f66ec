// SPDX-License-Identifier: Apache-2.0
/// What judges a design: a program, a table, or a function.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"
#include "forecost/search/problem.h"

namespace forecost::search {

/// How a trial ended: `complete` with its metrics, `stopped` or `failed` with a reason in `failure`.
struct Evaluation {
  TrialState state = TrialState::failed;
  Metrics metrics;
  std::string failure;
};

Evaluation completed(Metrics metrics);
Evaluation failed_because(std::string reason);

/// One trial to run.
struct Task {
  std::int64_t number = 0;
  Design design;
  std::string design_json;        ///< {"name": value}
  std::filesystem::path network;  ///< ONNX file; empty where the study has no network
};

/// What a running trial tells and asks.
struct Contact {
  std::function<bool(const Report&)> report;  ///< an intermediate result; false: end now
  std::function<bool()> stop;                 ///< end now: the study stops or another worker has the trial
};

/// Whatever happens inside is an Evaluation; it never throws and never ends the study. Called from several
/// threads at once where the study has several workers.
using Evaluator = std::function<Evaluation(const Task&, const Contact&)>;

struct CommandOptions {
  std::vector<std::string> words;  ///< program and arguments; a single word is run by /bin/sh
  Seconds time_out{0};             ///< 0: none
  std::filesystem::path folder;    ///< it runs there; empty: here
  /// JSON that it gets as `recipe`; a failure fails the trial. May be empty.
  std::function<Result<std::string>(const Design&)> recipe{};
};

/// A program per trial (docs/formats/objective.md): one JSON line comes in, JSON lines go out. A crash, a
/// time-out, lines that are no JSON, a metric that is no number: a failed trial with that reason. The
/// program and what it started are ended with the trial. `system` must outlive the result.
Evaluator command_evaluator(CommandOptions options, const device::System& system);

}  // namespace forecost::search
