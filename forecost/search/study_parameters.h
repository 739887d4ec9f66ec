// SPDX-License-Identifier: Apache-2.0
/// The [parameters] of a study file.
#pragma once

#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/space.h"
#include "forecost/search/toml_tree.h"

namespace forecost::search {

/// `start` (of a built-in space) and then those of the table, in the order of the file. `table` may be absent
/// where `start` is not empty. Fails: `bad_input` with line and column.
Result<Space> read_parameters(const TomlNode* table, std::vector<Parameter> start, const std::string& study);

}  // namespace forecost::search
