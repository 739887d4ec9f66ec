// SPDX-License-Identifier: Apache-2.0
#include "forecost/outcome/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace forecost {

std::size_t edit_distance(std::string_view a, std::string_view b) {
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

std::vector<std::string> nearest_names(std::string_view text, const std::vector<std::string>& names,
                                       std::size_t most) {
  const auto rank = [text](const std::string& name) {
    const std::size_t distance = edit_distance(text, name);
    const bool inside = !text.empty() && name.find(text) != std::string::npos;
    return distance - (inside ? std::min(distance, name.size()) : 0);
  };
  std::vector<std::string> sorted = names;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&rank](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  sorted.resize(std::min(sorted.size(), most));
  return sorted;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& names) {
  const std::vector<std::string> nearest = nearest_names(text, names, 1);
  if (nearest.empty()) return "there is none";
  const std::string& name = nearest.front();
  const bool near = edit_distance(text, name) <= 1 + std::max(text.size(), name.size()) / 3;
  if (near) return "did you mean '" + name + "'?";
  std::string all = "there are ";
  for (const std::string& one : names) all += (&one == names.data() ? "" : ", ") + one;
  return all;
}

}  // namespace forecost
