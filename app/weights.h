// SPDX-License-Identifier: Apache-2.0
/// Weight formats on the command line.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "forecost/layer/weight_format.h"

namespace forecost::app {

/// Adds --weights, which may be repeated: "int4" for all layers, "conv1=int8" for one.
void add_weight_options(CLI::App& command, std::vector<std::string>& weights);

/// Fails: `not_found` for an unknown format or layer.
Result<layer::WeightPlan> weight_plan(const std::vector<std::string>& weights,
                                      const layer::LayeredNetwork& network);

}  // namespace forecost::app
