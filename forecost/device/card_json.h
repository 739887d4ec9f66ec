// SPDX-License-Identifier: Apache-2.0
/// A device's card as JSON: in the measurement store, in saved predictors, in `forecost devices`.
#pragma once

#include <nlohmann/json.hpp>

#include "forecost/device/device.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device {

nlohmann::json to_json(const Card& card);
/// Fails: `bad_input` naming the missing or malformed field.
Result<Card> card_from_json(const nlohmann::json& json);

}  // namespace forecost::device
