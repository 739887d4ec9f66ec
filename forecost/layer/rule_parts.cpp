// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/rule_parts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::layer {

namespace {

/// Inputs that are settings or statistics although they are real constants.
struct NotLearned {
  std::string_view op;
  std::size_t first;
};

bool is_setting(std::string_view op, std::size_t input) {
  static constexpr std::array<NotLearned, 16> settings{{{"BatchNormalization", 3},
                                                        {"Resize", 1},
                                                        {"Upsample", 1},
                                                        {"Clip", 1},
                                                        {"Pad", 1},
                                                        {"Dropout", 1},
                                                        {"OneHot", 1},
                                                        {"Range", 0},
                                                        {"Expand", 1},
                                                        {"Tile", 1},
                                                        {"TopK", 1},
                                                        {"CastLike", 1},
                                                        {"RoiAlign", 1},
                                                        {"QuantizeLinear", 1},
                                                        {"DequantizeLinear", 1},
                                                        {"NonMaxSuppression", 0}}};
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const NotLearned& s) { return s.op == op; });
  return found != settings.end() && input >= found->first;
}

bool is_real(ElementType element) {
  switch (element) {
    case ElementType::float32:
    case ElementType::float16:
    case ElementType::float64:
    case ElementType::bfloat16:
    case ElementType::float8e4m3fn:
    case ElementType::float8e4m3fnuz:
    case ElementType::float8e5m2:
    case ElementType::float8e5m2fnuz:
    case ElementType::float4e2m1:
      return true;
    default:
      return false;
  }
}

/// The widest input of a quantised operator's kind: weights are int8 or narrower, biases int32.
bool is_quantised(const network::Node& node, ElementType element) {
  const bool reader = node.domain == "com.microsoft" || node.op.starts_with("QLinear") ||
                      node.op.ends_with("Integer") || node.op == "DequantizeLinear";
  if (!reader) return false;
  const int bits = network::bits_of(element);
  return element != ElementType::boolean && bits > 0 && (bits <= 8 || element == ElementType::int32);
}

}  // namespace

std::int64_t product(std::initializer_list<std::int64_t> factors) {
  if (std::find(factors.begin(), factors.end(), 0) != factors.end()) return 0;
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(result, factor, &result) || result > count_limit) return count_limit;
  }
  return result;
}

std::int64_t sum(std::initializer_list<std::int64_t> terms) {
  std::int64_t result = 0;
  for (const std::int64_t term : terms) {
    if (__builtin_add_overflow(result, term, &result) || result > count_limit) return count_limit;
  }
  return result;
}

std::int64_t extent_product(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t result = 1;
  for (std::size_t i = begin; i < std::min(end, shape.size()); ++i) result = product({result, shape[i]});
  return result;
}

Result<Shape> broadcast(const OpCall& call, const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      return call.refuse(
          fmt::format("shapes [{}] and [{}] do not broadcast", fmt::join(a, ", "), fmt::join(b, ", ")),
          "extents must be equal or 1, counted from the last axis; check --dim and --batch");
    }
    out[out.size() - 1 - i] = left == 1 ? right : left;
  }
  return out;
}

Result<std::int64_t> axis_in(const OpCall& call, std::int64_t axis, std::size_t rank) {
  const auto extent = static_cast<std::int64_t>(rank);
  if (axis < -extent || axis >= extent) {
    return call.refuse(fmt::format("axis {} is outside of a tensor of rank {}", axis, rank),
                       fmt::format("the axis must lie in [{}, {}]", -extent, extent - 1));
  }
  return axis < 0 ? axis + extent : axis;
}

Status needs_inputs(const OpCall& call, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!call.has(i)) {
      return call.refuse(fmt::format("input {} of {} is missing", i, count),
                         "the operator requires it: check the model with onnx.checker, or export it again");
    }
  }
  return Done{};
}

bool is_learned(const network::Node& node, std::size_t input, const TensorFact& fact) {
  if (!fact.constant || fact.shape.empty() || is_setting(node.op, input)) return false;
  return is_real(fact.element) || is_quantised(node, fact.element);
}

TensorFact fact_of(const OpCall& call, ElementType element, Shape shape) {
  TensorFact fact;
  fact.element = element;
  fact.shape = std::move(shape);
  fact.constant = std::all_of(call.inputs.begin(), call.inputs.end(), [](const TensorFact& input) {
    return input.element == ElementType::undefined || input.constant;
  });
  return fact;
}

Result<std::vector<TensorFact>> same_as_input(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, call.inputs[0].shape)};
}

Cost traffic_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    const TensorFact& input = call.inputs[i];
    if (input.element == ElementType::undefined) continue;
    const std::int64_t size = input.bytes().value;
    cost.read.value = sum({cost.read.value, size});
    if (input.constant) cost.weights.value = sum({cost.weights.value, size});
    if (is_learned(call.node, i, input)) cost.parameters = sum({cost.parameters, input.elements()});
  }
  for (const TensorFact& output : outputs)
    cost.written.value = sum({cost.written.value, output.bytes().value});
  return cost;
}

Cost streaming_cost(const OpCall& call, std::span<const TensorFact> outputs, double operations_per_element) {
  Cost cost = traffic_cost(call, outputs);
  if (outputs.empty()) return cost;
  const auto elements = static_cast<double>(outputs[0].elements());
  const double operations = std::min(elements * operations_per_element, static_cast<double>(count_limit));
  cost.operations = Operations(static_cast<std::int64_t>(operations));
  cost.extents.m = elements;
  return cost;
}

bool is_view(std::string_view op) {
  static constexpr std::array<std::string_view, 6> views{"Reshape",   "Flatten",  "Squeeze",
                                                         "Unsqueeze", "Identity", "Dropout"};
  return std::find(views.begin(), views.end(), op) != views.end();
}

Cost view_cost(const OpCall&, std::span<const TensorFact> outputs) {
  Cost cost;
  if (!outputs.empty()) cost.extents.m = static_cast<double>(outputs[0].elements());
  return cost;
}

Error depends_on_data(const OpCall& call, std::size_t input) {
  Error error = call.refuse(
      fmt::format("the output's shape depends on input {}, whose contents are known only at run time", input),
      "export the network with fixed shapes, or with shape annotations (onnx.shape_inference)");
  error.fault = Fault::unsupported;
  return error;
}

}  // namespace forecost::layer
