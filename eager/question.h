// SPDX-License-Identifier: Apache-2.0
/// A question of forecost.runner (docs/formats/runner.md) as forecost-torch understands it.
#pragma once

#include <string>

#include "forecost/device/runner.h"
#include "forecost/outcome/outcome.h"

namespace forecost::eager {

struct Question {
  bool measures = false;  ///< false: only who we are
  device::Model model;
  device::MeasureRequest request;
  std::string provider;  ///< "cpu" or "cuda"
};

/// Fails: `bad_input` for what is no question, `unsupported` for another version.
Result<Question> read_question(const std::string& line);

}  // namespace forecost::eager
