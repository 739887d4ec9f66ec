// SPDX-License-Identifier: Apache-2.0
/// One operator called by hand: inputs, attributes, and what its rule makes of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "forecost/layer/op_rule.h"

namespace forecost::layer {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;
using AttributeMap = std::map<std::string, network::Attribute, std::less<>>;

inline TensorFact input(Shape shape, ElementType element = ElementType::float32) {
  return {.element = element, .shape = std::move(shape), .values = {}, .constant = false};
}

inline TensorFact constant(Shape shape, ElementType element = ElementType::float32) {
  return {.element = element, .shape = std::move(shape), .values = {}, .constant = true};
}

/// A one-dimensional int64 constant with contents.
inline TensorFact integers(Ints values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {.element = ElementType::int64, .shape = {count}, .values = std::move(values), .constant = true};
}

/// A one-dimensional float32 constant with contents.
inline TensorFact reals(Reals values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {.element = ElementType::float32, .shape = {count}, .values = std::move(values), .constant = true};
}

inline TensorFact scalar(std::int64_t value) {
  return {.element = ElementType::int64, .shape = {}, .values = Ints{value}, .constant = true};
}

inline TensorFact scalar(double value) {
  return {.element = ElementType::float32, .shape = {}, .values = Reals{value}, .constant = true};
}

inline TensorFact absent() {
  return {};
}

struct Called {
  Result<std::vector<TensorFact>> outputs;
  Cost cost;

  const Shape& shape(std::size_t output = 0) const { return outputs.value().at(output).shape; }
  const Ints& integers(std::size_t output = 0) const {
    return std::get<Ints>(outputs.value().at(output).values.value());
  }
  const Reals& reals(std::size_t output = 0) const {
    return std::get<Reals>(outputs.value().at(output).values.value());
  }
};

struct Wanted {
  std::int64_t opset = 21;
  std::size_t outputs = 1;
  std::string domain{};
};

inline Called called(std::string op, const std::vector<TensorFact>& inputs, AttributeMap attributes = {},
                     const Wanted& wanted = {}) {
  const OpRule* rule = find_op_rule(wanted.domain, op);
  FORECOST_EXPECTS(rule != nullptr, "the operator has a rule");
  network::Node node{.name = "n",
                     .op = std::move(op),
                     .domain = wanted.domain,
                     .inputs = {},
                     .outputs = {},
                     .attributes = std::move(attributes)};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    node.inputs.push_back(inputs[i].element == ElementType::undefined ? std::string()
                                                                      : "in" + std::to_string(i));
  }
  for (std::size_t i = 0; i < wanted.outputs; ++i) node.outputs.push_back("out" + std::to_string(i));
  const OpCall call{node, wanted.opset, inputs};
  Called result{rule->shapes(call), {}};
  if (result.outputs) result.cost = rule->cost(call, *result.outputs);
  return result;
}

}  // namespace forecost::layer
