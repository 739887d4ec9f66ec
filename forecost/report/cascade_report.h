// SPDX-License-Identifier: Apache-2.0
/// Cascades that no other beats, and the chosen one (docs/formats/cascade.md).
#pragma once

#include <cstddef>
#include <string>

#include "forecost/deployment/cascade_search.h"
#include "forecost/deployment/scores.h"
#include "forecost/report/report.h"

namespace forecost::report {

struct CascadeView {
  const deployment::CascadeProblem& problem;
  const deployment::Scores& scores;
  const deployment::Halves& halves;
  const deployment::CascadeFront& front;
  const deployment::CascadePoint* chosen = nullptr;  ///< of the front
  deployment::Spending minimised = deployment::Spending::time;
  std::string goal;       ///< why it was chosen, for people: "least energy with accuracy >= 92 %"
  double accuracy = 0;    ///< asked for; 0: nothing was
  bool declared = false;  ///< energy is time x a power that the user declared
};

/// Results are those on the half that no threshold was chosen on; accuracies have their 90 % intervals.
/// `most`: rows of the front that people see, evenly chosen, 0 for all. Requires: `chosen` is of the front.
Report cascade_report(const CascadeView& view, std::size_t most);

/// Accuracy against what was minimised, on the half that is reported: the front, every network alone, and the
/// chosen cascade.
std::string cascade_picture(const CascadeView& view);

}  // namespace forecost::report
