// SPDX-License-Identifier: Apache-2.0
/// Records and devices that nobody measured.
#pragma once

#include <string>
#include <vector>

#include "forecost/device/device.h"
#include "forecost/measurement/store.h"

namespace forecost::measurement::made_up {

/// A card with every field set.
device::Card card(const std::string& name = "made-up");

/// Kernels named k0, k1, ... with these profiled times, each sampled ten times without noise.
Record record(const std::string& name, double run_seconds, const std::vector<double>& kernel_seconds);

/// A record with every field drawn, the same for the same seed.
Record random_record(std::uint64_t seed);

/// Every field, kernels as JSON with their names: equal texts are equal records.
std::string text_of(const Record& record);

}  // namespace forecost::measurement::made_up
