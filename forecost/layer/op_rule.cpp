// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/op_rule.h"

#include <functional>
#include <unordered_map>

#include <fmt/format.h>

namespace forecost::layer {

namespace {

struct OpKey {
  std::string_view domain;
  std::string_view op;
  bool operator==(const OpKey&) const = default;
};

struct OpKeyHash {
  std::size_t operator()(const OpKey& key) const {
    const std::hash<std::string_view> hash;
    return hash(key.op) * 31 + hash(key.domain);
  }
};

using RuleIndex = std::unordered_map<OpKey, const OpRule*, OpKeyHash>;

std::string_view canonical(std::string_view domain) {
  return domain == "ai.onnx" ? std::string_view() : domain;
}

RuleIndex index_of(const std::vector<OpRule>& rules) {
  RuleIndex index;
  for (const OpRule& rule : rules) index.emplace(OpKey{canonical(rule.domain), rule.op}, &rule);
  return index;
}

}  // namespace

const std::vector<std::int64_t>* OpCall::integers(std::size_t input) const {
  if (!has(input) || !inputs[input].values) return nullptr;
  return std::get_if<std::vector<std::int64_t>>(&*inputs[input].values);
}

Error OpCall::refuse(std::string what, std::string hint) const {
  std::string where = fmt::format("node '{}'", node.name.empty() ? node.op : node.name);
  if (node.name.empty() && !node.outputs.empty())
    where += fmt::format(" that writes '{}'", node.outputs.front());
  return Error{Fault::bad_input, fmt::format("{}: {}", node.op, what), std::move(where), std::move(hint)};
}

const OpRule* find_op_rule(std::string_view domain, std::string_view op) {
  static const RuleIndex index = index_of(op_rules());
  const auto found = index.find(OpKey{canonical(domain), op});
  return found == index.end() ? nullptr : found->second;
}

}  // namespace forecost::layer
