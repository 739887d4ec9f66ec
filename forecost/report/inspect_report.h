// SPDX-License-Identifier: Apache-2.0
/// What a network consists of, before any device is chosen (docs/formats/inspection.md).
#pragma once

#include <cstddef>

#include "forecost/layer/layer.h"
#include "forecost/layer/weight_format.h"
#include "forecost/report/report.h"

namespace forecost::report {

struct InspectOptions {
  std::size_t limit = 0;      ///< layers that people see; 0: all
  layer::WeightPlan weights;  ///< formats to count with as well; empty: none
};

/// Layers with shapes and cost, totals, peak of the activations as written, unknown operators. O(layers).
Report inspect_report(const layer::LayeredNetwork& network, const InspectOptions& options = {});

/// "1x64x56x56"; "scalar" without extents.
std::string shape_text(const layer::Shape& shape);

}  // namespace forecost::report
