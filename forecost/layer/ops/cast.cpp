// SPDX-License-Identifier: Apache-2.0
// Elementwise operators with a say of their own: changes of type, limits, slopes, and copies that runtimes
// skip.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> cast();

namespace {

TensorFact cast_to(const OpCall& call, ElementType element) {
  const TensorFact& x = call.inputs[0];
  TensorFact fact = fact_of(call, element, x.shape);
  if (const Values* values = known(call, 0)) fact.values = converted(*values, element);
  return fact;
}

Result<std::vector<TensorFact>> cast_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const auto to = static_cast<ElementType>(std::clamp<std::int64_t>(call.node.int_or("to", 0), 0, 1000));
  if (network::bits_of(to) == 0 && to != ElementType::string) {
    return call.refuse(fmt::format("attribute to = {}", call.node.int_or("to", 0)),
                       "it must be a type of onnx.TensorProto.DataType");
  }
  return std::vector<TensorFact>{cast_to(call, to)};
}

Result<std::vector<TensorFact>> cast_like_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  return std::vector<TensorFact>{cast_to(call, call.inputs[1].element)};
}

/// The type's example is read for its type alone.
Cost cast_like_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const OpCall alone{call.node, call.opset, call.inputs.first(1)};
  return streaming_cost(alone, outputs, 1);
}

Cost one_each(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 1);
}
Cost two_each(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 2);
}

Result<std::vector<TensorFact>> clip_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  TensorFact fact = fact_of(call, call.inputs[0].element, call.inputs[0].shape);
  const Values* x = known(call, 0);
  const bool limited = (!call.has(1) || known(call, 1)) && (!call.has(2) || known(call, 2));
  if (!x || !limited) return std::vector<TensorFact>{std::move(fact)};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double low = call.has(1) && fact.elements() > 0 && count_of(*known(call, 1)) > 0
                         ? real_at(*known(call, 1), 0)
                         : call.node.real_or("min", -infinity);
  const double high = call.has(2) && fact.elements() > 0 && count_of(*known(call, 2)) > 0
                          ? real_at(*known(call, 2), 0)
                          : call.node.real_or("max", infinity);
  std::vector<double> results(count_of(*x));
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = std::min(std::max(real_at(*x, i), low), high);
  fact.values = converted(Values(std::move(results)), fact.element);
  return std::vector<TensorFact>{std::move(fact)};
}

Result<std::vector<TensorFact>> prelu_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const TensorFact& x = call.inputs[0];
  // Before opset 7 a slope of one value per channel needed no further axes.
  const Shape& slope = call.inputs[1].shape;
  const bool per_channel = slope.size() == 1 && x.shape.size() > 1 && slope[0] == x.shape[1];
  if (!per_channel) {
    FORECOST_TRY(const Shape both, broadcast(call, x.shape, slope));
    if (both != x.shape) {
      return call.refuse("the slope is larger than the input",
                         "its extents must be those of the input, or 1");
    }
  }
  return std::vector<TensorFact>{fact_of(call, x.element, x.shape)};
}

Result<std::vector<TensorFact>> copied(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  TensorFact fact{x.element, x.shape, x.values, x.constant};
  std::vector<TensorFact> facts{std::move(fact)};
  if (call.node.outputs.size() > 1) {
    facts.push_back(
        {.element = ElementType::boolean, .shape = x.shape, .values = {}, .constant = x.constant});
  }
  return facts;
}

Result<std::vector<TensorFact>> is_inf_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  return std::vector<TensorFact>{fact_of(call, ElementType::boolean, call.inputs[0].shape)};
}

struct ExampleOf {
  std::string op;
  ElementType result = ElementType::float32;
  network::Attributes attributes{};
};

network::Network example(std::int64_t batch, const ExampleOf& of) {
  network::Builder builder(of.op);
  const auto x = builder.input("x", {batch, 8, 16});
  std::vector<network::Value> inputs{x};
  if (of.op == "PRelu") inputs.push_back(builder.weights({8, 1}, 0.1));
  if (of.op == "Clip") inputs.insert(inputs.end(), {builder.scalar(0), builder.scalar(6)});
  if (of.op == "CastLike") inputs.push_back(builder.integers({1}, {1}));
  const network::Value y{.name = "y", .element = of.result, .shape = x.shape};
  builder.output(builder.node(of.op, inputs, of.attributes, {y}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> cast() {
  return {{.op = "Cast",
           .shapes = cast_shapes,
           .cost = one_each,
           .example =
               [](std::int64_t batch) {
                 return example(batch, {"Cast", ElementType::float16, {{"to", std::int64_t{10}}}});
               },
           .summary = "change of number type"},
          {.op = "CastLike",
           .shapes = cast_like_shapes,
           .cost = cast_like_cost,
           .example =
               [](std::int64_t batch) {
                 return example(batch, {"CastLike", ElementType::int64});
               },
           .summary = "change to another tensor's type"},
          {.op = "Clip",
           .shapes = clip_shapes,
           .cost = two_each,
           .example = [](std::int64_t batch) { return example(batch, {"Clip"}); },
           .summary = "limits from attributes or inputs"},
          {.op = "PRelu",
           .shapes = prelu_shapes,
           .cost = two_each,
           .example = [](std::int64_t batch) { return example(batch, {"PRelu"}); },
           .summary = "rectifier with learned slopes"},
          {.op = "IsInf",
           .shapes = is_inf_shapes,
           .cost = one_each,
           .example =
               [](std::int64_t batch) {
                 return example(batch, {"IsInf", ElementType::boolean});
               },
           .summary = "element by element"},
          {.op = "Identity",
           .shapes = copied,
           .cost = view_cost,
           .example = [](std::int64_t batch) { return example(batch, {"Identity"}); },
           .summary = "a view: runtimes remove it"},
          {.op = "Dropout",
           .shapes = copied,
           .cost = view_cost,
           .example = [](std::int64_t batch) { return example(batch, {"Dropout"}); },
           .summary = "a view at inference"}};
}

}  // namespace forecost::layer::ops
