// SPDX-License-Identifier: Apache-2.0
/// An accelerator as a TOML file, see docs/formats/accelerator.md.
#pragma once

#include <string>
#include <string_view>

#include "forecost/accelerator/accelerator.h"

namespace forecost::accelerator {

/// Keys that are absent are as in the built-in accelerator that `base` names, "eyeriss" where it says
/// nothing. `name`: what errors call the text. Fails: `bad_input` with line and column; `not_found` for a
/// base that does not exist.
Result<Accelerator> parse_card(std::string_view text, const std::string& name);

}  // namespace forecost::accelerator
