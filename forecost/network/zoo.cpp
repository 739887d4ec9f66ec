// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/zoo.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::network {

namespace {

/// Edits (insert, delete, replace) that turn one word into the other; Levenshtein 1966.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string_view> nearest_names(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ZooEntry& entry : zoo_entries()) names.push_back(entry.name);
  const auto rank = [name](std::string_view candidate) {
    const bool inside = !name.empty() && candidate.find(name) != std::string_view::npos;
    return distance(name, candidate) - (inside ? std::min(distance(name, candidate), candidate.size()) : 0);
  };
  std::stable_sort(names.begin(), names.end(),
                   [&rank](std::string_view a, std::string_view b) { return rank(a) < rank(b); });
  names.resize(std::min<std::size_t>(names.size(), 3));
  return names;
}

}  // namespace

Result<const ZooEntry*> find_zoo(std::string_view name) {
  for (const ZooEntry& entry : zoo_entries()) {
    if (entry.name == name) return &entry;
  }
  return Error{Fault::not_found, fmt::format("the zoo has no network '{}'", name), std::string(name),
               fmt::format("nearest: {}", fmt::join(nearest_names(name), ", "))};
}

}  // namespace forecost::network
