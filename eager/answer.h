// SPDX-License-Identifier: Apache-2.0
/// What forecost-torch answers to a question, as docs/formats/runner.md describes it.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "forecost/device/system.h"

namespace forecost::eager {

/// `say` gets the lines of the answer, the last of them {"done": true} or {"failure": "..."}. Node times come
/// from inferences; a training step is timed whole and in its parts. Energies come from the sensors of this
/// machine. Never throws.
void answer(const std::string& question, const device::System& system,
            const std::function<void(const nlohmann::json&)>& say);

}  // namespace forecost::eager
