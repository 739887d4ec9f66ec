// SPDX-License-Identifier: Apache-2.0
// Tensors from nothing: Constant-24, ConstantOfShape-24, Range-11, EyeLike-22 and the random generators.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> constant();

namespace {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;

TensorFact constant_fact(ElementType element, Shape shape, std::optional<Values> values) {
  return {.element = element, .shape = std::move(shape), .values = std::move(values), .constant = true};
}

Result<std::vector<TensorFact>> constant_shapes(const OpCall& call) {
  const network::Node& node = call.node;
  TensorFact fact;
  if (const auto* tensor = node.attribute<network::Tensor>("value")) {
    fact = constant_fact(tensor->element, tensor->dims, tensor->values);
  } else if (const auto* integer = node.attribute<std::int64_t>("value_int")) {
    fact = constant_fact(ElementType::int64, {}, Values(Ints{*integer}));
  } else if (const auto* real = node.attribute<double>("value_float")) {
    fact = constant_fact(ElementType::float32, {}, Values(Reals{*real}));
  } else if (const auto* integers = node.attribute<Ints>("value_ints")) {
    fact =
        constant_fact(ElementType::int64, {static_cast<std::int64_t>(integers->size())}, Values(*integers));
  } else if (const auto* reals = node.attribute<Reals>("value_floats")) {
    fact = constant_fact(ElementType::float32, {static_cast<std::int64_t>(reals->size())}, Values(*reals));
  } else if (node.attribute<std::string>("value_string")) {
    fact = constant_fact(ElementType::string, {}, {});
  } else if (const auto* strings = node.attribute<std::vector<std::string>>("value_strings")) {
    fact = constant_fact(ElementType::string, {static_cast<std::int64_t>(strings->size())}, {});
  } else {
    return call.refuse("no value", "it needs one of value, value_int, value_float, value_ints, value_floats");
  }
  return std::vector<TensorFact>{std::move(fact)};
}

Result<std::vector<TensorFact>> filled_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Ints* shape = call.integers(0);
  if (!shape) return depends_on_data(call, 0);
  const auto* value = call.node.attribute<network::Tensor>("value");
  TensorFact fact = fact_of(call, value ? value->element : ElementType::float32, *shape);
  if (!network::elements_of(fact.shape)) {
    return call.refuse("a shape that no tensor can have", "extents must be >= 0; check --dim and --batch");
  }
  if (!is_followed(fact.shape)) return std::vector<TensorFact>{std::move(fact)};
  const auto count = static_cast<std::size_t>(fact.elements());
  if (!value) {
    fact.values = Reals(count, 0);
  } else if (value->values && count_of(*value->values) > 0) {
    fact.values = picked(*value->values, Ints(count, 0));
  }
  return std::vector<TensorFact>{std::move(fact)};
}

Result<std::vector<TensorFact>> range_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  for (std::size_t i = 0; i < 3; ++i) {
    if (!known(call, i) || count_of(*known(call, i)) != 1) return depends_on_data(call, i);
  }
  const double start = real_at(*known(call, 0), 0);
  const double limit = real_at(*known(call, 1), 0);
  const double delta = real_at(*known(call, 2), 0);
  const double steps = std::ceil((limit - start) / delta);
  if (delta == 0 || std::isnan(steps) || steps > static_cast<double>(count_limit)) {
    return call.refuse(fmt::format("from {} to {} in steps of {}", start, limit, delta),
                       "the step must lead from the start to the limit");
  }
  const auto count = static_cast<std::int64_t>(std::max(steps, 0.0));
  TensorFact fact = fact_of(call, call.inputs[0].element, {count});
  if (is_followed(fact.shape)) {
    Reals values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + static_cast<double>(i) * delta;
    fact.values = converted(Values(std::move(values)), fact.element);
  }
  return std::vector<TensorFact>{std::move(fact)};
}

ElementType stated_type(const OpCall& call, ElementType otherwise) {
  const auto stated =
      static_cast<ElementType>(std::clamp<std::int64_t>(call.node.int_or("dtype", 0), 0, 1000));
  return network::bits_of(stated) > 0 ? stated : otherwise;
}

Result<std::vector<TensorFact>> eye_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  if (x.shape.size() != 2) {
    return call.refuse(fmt::format("input of rank {}", x.shape.size()), "the input must be a matrix");
  }
  return std::vector<TensorFact>{fact_of(call, stated_type(call, x.element), x.shape)};
}

Result<std::vector<TensorFact>> random_shapes(const OpCall& call) {
  const auto* shape = call.node.attribute<Ints>("shape");
  if (!shape || !network::elements_of(*shape)) {
    return call.refuse("no usable shape", "attribute shape must hold extents >= 0");
  }
  TensorFact fact = fact_of(call, stated_type(call, ElementType::float32), *shape);
  fact.constant = false;
  return std::vector<TensorFact>{std::move(fact)};
}

Result<std::vector<TensorFact>> random_like_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  TensorFact fact = fact_of(call, stated_type(call, call.inputs[0].element), call.inputs[0].shape);
  fact.constant = false;
  return std::vector<TensorFact>{std::move(fact)};
}

/// Stored in the model: nothing happens at run time.
Cost stored_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return view_cost(call, outputs);
}

Cost written_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

/// The shape's owner is not read.
Cost like_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost({call.node, call.opset, {}}, outputs, 0);
}

/// A generator of random numbers: counted as a transcendental function per element.
Cost random_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost({call.node, call.opset, {}}, outputs, 4);
}

network::Network constant_example(std::int64_t) {
  network::Builder builder("constant");
  const network::Attributes attributes{{"value_ints", Ints{1, 2, 3}}};
  const network::Value y{.name = "y", .element = ElementType::int64, .shape = {3}};
  builder.output(builder.node("Constant", {}, attributes, {y}).front());
  return builder.finish();
}

network::Network filled_example(std::int64_t batch) {
  network::Builder builder("constant_of_shape");
  const auto shape = builder.integers({batch, 8, 16}, {3});
  builder.output(
      builder.node("ConstantOfShape", {shape}, {}, {{.name = "y", .shape = {batch, 8, 16}}}).front());
  return builder.finish();
}

network::Network range_example(std::int64_t) {
  network::Builder builder("range");
  const std::vector<network::Value> inputs{builder.integers({0}, {}), builder.integers({12}, {}),
                                           builder.integers({2}, {})};
  builder.output(
      builder.node("Range", inputs, {}, {{.name = "y", .element = ElementType::int64, .shape = {6}}})
          .front());
  return builder.finish();
}

network::Network random_example(std::int64_t batch, const std::string& op) {
  network::Builder builder(op);
  const Shape out{batch, 16};
  if (op.ends_with("Like")) {
    builder.output(builder.node(op, {builder.input("x", out)}, {}, {{.name = "y", .shape = out}}).front());
  } else {
    builder.output(builder.node(op, {}, {{"shape", out}}, {{.name = "y", .shape = out}}).front());
  }
  return builder.finish();
}

}  // namespace

std::vector<OpRule> constant() {
  return {{.op = "Constant",
           .shapes = constant_shapes,
           .cost = stored_cost,
           .example = constant_example,
           .summary = "a tensor stored in the model",
           .batch_scales = false},
          {.op = "ConstantOfShape",
           .shapes = filled_shapes,
           .cost = written_cost,
           .example = filled_example,
           .summary = "one value, many times; counts as weights where it is used as such"},
          {.op = "Range",
           .shapes = range_shapes,
           .cost = written_cost,
           .example = range_example,
           .summary = "equidistant numbers",
           .batch_scales = false},
          {.op = "EyeLike",
           .shapes = eye_shapes,
           .cost = like_cost,
           .example = [](std::int64_t batch) { return random_example(batch, "EyeLike"); },
           .summary = "ones on a diagonal"},
          {.op = "RandomNormal",
           .shapes = random_shapes,
           .cost = random_cost,
           .example = [](std::int64_t batch) { return random_example(batch, "RandomNormal"); },
           .summary = "random numbers of a stated shape"},
          {.op = "RandomUniform",
           .shapes = random_shapes,
           .cost = random_cost,
           .example = [](std::int64_t batch) { return random_example(batch, "RandomUniform"); },
           .summary = "random numbers of a stated shape"},
          {.op = "RandomNormalLike",
           .shapes = random_like_shapes,
           .cost = random_cost,
           .example = [](std::int64_t batch) { return random_example(batch, "RandomNormalLike"); },
           .summary = "random numbers of another tensor's shape"},
          {.op = "RandomUniformLike",
           .shapes = random_like_shapes,
           .cost = random_cost,
           .example = [](std::int64_t batch) { return random_example(batch, "RandomUniformLike"); },
           .summary = "random numbers of another tensor's shape"}};
}

}  // namespace forecost::layer::ops
