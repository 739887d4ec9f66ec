// SPDX-License-Identifier: Apache-2.0
/// Accelerators as devices: built-in ones by name, others by their TOML file.
#pragma once

#include <memory>
#include <string>

#include "app/session.h"
#include "forecost/predictor/family.h"

namespace forecost::app {

/// The name of a device file: --on my_array.toml.
bool is_card_file(const std::string& device);
/// A card file, or a built-in accelerator whose name no calibrated device has taken.
bool is_accelerator(const Session& session, const std::string& device);
/// Fails: as reading and parsing the file do.
Result<std::unique_ptr<predictor::Predictor>> accelerator_predictor(const Session& session,
                                                                    const std::string& device);

}  // namespace forecost::app
