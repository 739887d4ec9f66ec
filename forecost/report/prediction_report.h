// SPDX-License-Identifier: Apache-2.0
/// A forecast as a report; its JSON is described in docs/formats/prediction.md.
#pragma once

#include <cstddef>
#include <span>

#include "forecost/prediction/prediction.h"
#include "forecost/report/report.h"

namespace forecost::report {

/// Which table people see below the summary, and what CSV writes.
enum class Breakdown {
  summary,  ///< where the time goes by path, and the slowest kernels; CSV: one line per network
  kernels   ///< every kernel with its layers; CSV: one line per kernel
};

struct PredictionOptions {
  Breakdown breakdown = Breakdown::summary;
  std::size_t slowest = 5;  ///< kernels in the short list
  std::size_t limit = 0;    ///< kernels that people see; 0: all
};

/// Machines get every kernel whatever the options say. O(kernels log kernels).
Report prediction_report(const prediction::Prediction& prediction, const PredictionOptions& options = {});

/// Several predictions at a glance, one row each; for people. In the order given.
Report overview_report(std::span<const prediction::Prediction> predictions);

}  // namespace forecost::report
