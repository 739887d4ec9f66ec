// SPDX-License-Identifier: Apache-2.0
/// How much a shared machine itself changed between a calibration and a later measurement: networks of the
/// calibration, measured again among the test networks.
#pragma once

#include <string>
#include <vector>

#include "forecost/measurement/measure.h"
#include "forecost/measurement/store.h"

namespace forecost::studies {

/// Up to `count` networks of a calibration, spread evenly over it, as items of the given kind. Those whose
/// caches were emptied, and those that cannot be rebuilt from their names alone, are left out.
std::vector<measurement::Item> yardsticks(const std::vector<measurement::Record>& calibration,
                                          std::size_t count, const std::string& kind);

/// Time now over time then, one ratio per yardstick.
std::vector<double> drifts(const std::vector<measurement::Record>& calibration,
                           const std::vector<measurement::Record>& again);

}  // namespace forecost::studies
