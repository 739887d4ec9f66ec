// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/zoo.h"

#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/outcome/nearest.h"

namespace forecost::network {

Result<const ZooEntry*> find_zoo(std::string_view name) {
  std::vector<std::string> names;
  for (const ZooEntry& entry : zoo_entries()) {
    if (entry.name == name) return &entry;
    names.emplace_back(entry.name);
  }
  return Error{Fault::not_found, fmt::format("the zoo has no network '{}'", name), std::string(name),
               fmt::format("nearest: {}", fmt::join(nearest_names(name, names), ", "))};
}

}  // namespace forecost::network
