// SPDX-License-Identifier: Apache-2.0
/// Kernels as JSON, the form in which the store keeps them. Names and origins of one network are left out.
#pragma once

#include <nlohmann/json.hpp>

#include "forecost/layer/kernel.h"
#include "forecost/outcome/outcome.h"

namespace forecost::measurement {

nlohmann::json to_json(const layer::Kernel& kernel);
/// Fails: `bad_input` for JSON that to_json did not write.
Result<layer::Kernel> kernel_from_json(const nlohmann::json& json);

}  // namespace forecost::measurement
