// SPDX-License-Identifier: Apache-2.0
/// Reports of what this build contains.
#pragma once

#include "forecost/report/report.h"

namespace forecost::app {

report::Report zoo_report();
report::Report operator_report();
report::Report runner_report();
report::Report family_report();
report::Report runtime_report();
report::Report strategy_report();
report::Report space_report();
report::Report data_report();
report::Report accelerator_report();

}  // namespace forecost::app
