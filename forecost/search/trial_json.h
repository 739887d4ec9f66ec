// SPDX-License-Identifier: Apache-2.0
/// Trials and their parts as JSON: in stores, and one line each in exported studies.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"
#include "forecost/search/problem.h"

namespace forecost::search {

nlohmann::json to_json(const Metrics& metrics);
/// Fails: `bad_input` when a value is no number.
Result<Metrics> metrics_from_json(const nlohmann::json& object);

/// {"trial": 3, "state": "complete", "design": {...}, "metrics": {...}, "reports": [...], "reason": "...",
/// "failure": "...", "seconds": 1.5}; what is empty is left out.
nlohmann::json to_json(const Space& space, const Trial& trial);
/// Fails: `bad_input`, also for a design that is not of the space.
Result<Trial> trial_from_json(const Space& space, const nlohmann::json& object);

}  // namespace forecost::search
