// SPDX-License-Identifier: Apache-2.0
/// Families side by side (docs/formats/families.md), and the terms of a predictor that people can read.
#pragma once

#include <string>
#include <vector>

#include "forecost/predictor/comparison.h"
#include "forecost/report/report.h"

namespace forecost::report {

/// One row per family and, where whole networks were left out too, another for those. Families that could not
/// be fitted become warnings.
Report families_report(const std::string& device, const std::vector<predictor::Entrant>& entrants, int folds);

/// The terms as a table "terms"; no rows where the predictor has none.
Table terms_table(const predictor::Predictor& predictor);

}  // namespace forecost::report
