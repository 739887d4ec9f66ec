// SPDX-License-Identifier: Apache-2.0
/// Names that a mistyped name may have meant, for hints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forecost {

/// Edits (insert, delete, replace) that turn one word into the other; Levenshtein 1966. O(|a| |b|).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// At most `most` of the names, nearest first; a name that holds the text is nearer.
std::vector<std::string> nearest_names(std::string_view text, const std::vector<std::string>& names,
                                       std::size_t most = 3);

/// "did you mean 'width'?" where a name is near, else all names.
std::string did_you_mean(std::string_view text, const std::vector<std::string>& names);

}  // namespace forecost
