// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/space_entry.h"

#include <charconv>
#include <cmath>

#include "forecost/search/expression.h"

namespace forecost::search {

const SpaceEntry* find_space(std::string_view name) {
  for (const SpaceEntry& entry : space_list()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

double number_in(const Space& space, const Design& design, std::string_view name) {
  const auto index = space.find(name);
  FORECOST_EXPECTS(index.has_value(), "the space has this parameter");
  return number_of(space[*index], design.values[*index]).value_or(0);
}

std::optional<std::size_t> number_behind(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  std::size_t number = 0;
  const char* const begin = text.data() + prefix.size();
  const auto read = std::from_chars(begin, text.data() + text.size(), number);
  return read.ptr == begin ? std::nullopt : std::optional(number);
}

std::int64_t whole_in(const Space& space, const Design& design, std::string_view name) {
  return std::llround(number_in(space, design, name));
}

}  // namespace forecost::search
