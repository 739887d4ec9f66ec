// SPDX-License-Identifier: Apache-2.0
/// One trial of a search, as docs/formats/objective.md describes it: a JSON line in, JSON lines out.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::trainer {

/// `task`: {"trial": 3, "network": "trial3.onnx", "recipe": {...}}; the network's weights may be left out of
/// its file. `say` gets {"step": epoch, "metrics": {...}} after each epoch, at the end {"metrics": {...}}, or
/// {"failure": "..."}. Metrics are error, loss, accuracy and train_loss. Never throws.
void run_task(const std::string& task, const std::function<void(const nlohmann::json&)>& say);

}  // namespace forecost::trainer
