// SPDX-License-Identifier: Apache-2.0
/// The cost of training steps as a report; its JSON is described in docs/formats/training.md.
#pragma once

#include "forecost/prediction/training_cost.h"
#include "forecost/report/report.h"

namespace forecost::report {

Report training_report(const prediction::TrainingCost& cost);

}  // namespace forecost::report
