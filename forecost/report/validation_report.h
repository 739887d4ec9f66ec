// SPDX-License-Identifier: Apache-2.0
/// How wrong a calibration's predictors are on networks they have not seen (docs/formats/validation.md).
#pragma once

#include <string>
#include <vector>

#include "forecost/predictor/validation.h"
#include "forecost/report/report.h"

namespace forecost::report {

/// The first validation is the chosen family: its errors are also shown path by path.
/// Requires: at least one validation.
Report validation_report(const std::string& device, const std::vector<predictor::Validation>& validations);

}  // namespace forecost::report
