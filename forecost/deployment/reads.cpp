// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/reads.h"

#include <memory>
#include <variant>

namespace forecost::deployment {
namespace {

void add_reads(const network::Node& node, std::vector<std::string>& names) {
  names.insert(names.end(), node.inputs.begin(), node.inputs.end());
  for (const auto& entry : node.attributes) {
    const auto* graph = std::get_if<std::shared_ptr<const network::Graph>>(&entry.second);
    if (graph == nullptr || *graph == nullptr) continue;
    for (const network::Node& inner : (*graph)->nodes) add_reads(inner, names);
    for (const network::ValueInfo& output : (*graph)->outputs) names.push_back(output.name);
  }
}

}  // namespace

std::vector<std::string> reads_of(const network::Node& node) {
  std::vector<std::string> names;
  add_reads(node, names);
  return names;
}

}  // namespace forecost::deployment
