// SPDX-License-Identifier: Apache-2.0
/// What Forecost knows of one operator: output shapes and exact cost. One file in ops/, one line in ops.txt,
/// one test.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "forecost/layer/layer.h"

namespace forecost::layer {

/// One use of an operator with everything known of its inputs. Absent optional inputs have element undefined.
struct OpCall {
  const network::Node& node;
  std::int64_t opset;  ///< of the node's domain
  std::span<const TensorFact> inputs;

  bool has(std::size_t input) const {
    return input < inputs.size() && inputs[input].element != ElementType::undefined;
  }
  /// Integer contents of an input, when known.
  const std::vector<std::int64_t>* integers(std::size_t input) const;
  /// An Error that names this node.
  Error refuse(std::string what, std::string hint) const;
};

/// Facts of all outputs in order. May carry `values` where the result is small and known (constant
/// propagation).
using ShapeRule = Result<std::vector<TensorFact>> (*)(const OpCall&);
/// Cost given outputs that the shape rule produced. Cannot fail: shapes were checked.
using CostRule = Cost (*)(const OpCall&, std::span<const TensorFact> outputs);
/// A small network with one node of this operator at batch `batch`, for the contract tests.
using Example = network::Network (*)(std::int64_t batch);

struct OpRule {
  std::string_view op;
  std::string_view domain;
  ShapeRule shapes = nullptr;
  CostRule cost = nullptr;
  Example example = nullptr;
  std::string_view summary;  ///< half a line for `forecost list operators`
  bool batch_scales = true;  ///< false where the cost does not grow with the batch (Shape, Constant, Range)
};

/// Every rule, in the order of ops.txt (generated from it).
const std::vector<OpRule>& op_rules();
/// The rule for an operator, or null.
const OpRule* find_op_rule(std::string_view domain, std::string_view op);

}  // namespace forecost::layer
