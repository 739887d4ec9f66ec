// SPDX-License-Identifier: Apache-2.0
/// ONNX Runtime's profile: a JSON array of trace events, one per node execution, whose format is undocumented
/// (microsoft/onnxruntime#1297); read here as releases 1.16 to 1.32 write it.
#pragma once

#include <istream>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device::ort {

/// Most events that the runtime's profiler keeps; later ones are dropped.
inline constexpr int profile_capacity = 1'000'000;

/// Node times of every complete run in the file, in execution order. A run ends with a "model_run" event of
/// the Session category; a node's event is of category Node and named "<node>_kernel_time". Durations are
/// whole microseconds, truncated: half of one is added, the mean of what was cut off. Fails: `failed` when
/// the text is not such a profile. Memory follows the events kept, not the text.
Result<std::vector<std::vector<NodeTime>>> read_profile(std::istream& text);

}  // namespace forecost::device::ort
