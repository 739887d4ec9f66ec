// SPDX-License-Identifier: Apache-2.0
/// What a study is told through the environment: FORECOST_STUDY_SEEDS, ...
#pragma once

#include <string>
#include <vector>

namespace forecost::studies {

/// The value of an environment variable, or the fallback.
std::string setting(const char* name, const std::string& fallback);

/// "a,b" as {"a", "b"}; an empty text has no words.
std::vector<std::string> listed(const std::string& text);

}  // namespace forecost::studies
