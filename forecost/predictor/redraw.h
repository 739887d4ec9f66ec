// SPDX-License-Identifier: Apache-2.0
/// Networks of a calibration, drawn again: a record keeps their kernels and their name, not their bytes.
#pragma once

#include <optional>
#include <string>

#include "forecost/device/device.h"
#include "forecost/measurement/measure.h"
#include "forecost/measurement/prior.h"

namespace forecost::predictor {

/// "residual-17": the family and the seed. Nothing for several copies of an operator, and for other names.
std::optional<measurement::Draw> draw_of(const std::string& name);

std::int64_t macs_of(const std::vector<layer::Kernel>& kernels);

/// The record's network as an item of `kind`, told among the redraws by the multiply-accumulates of its
/// kernels. Nothing where name and multiply-accumulates do not rebuild it. Some milliseconds.
std::optional<measurement::Item> redrawn(const measurement::Record& record, const device::Identity& identity,
                                         const std::string& kind);

}  // namespace forecost::predictor
