// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "forecost/outcome/outcome.h"

namespace forecost::network {

namespace {

/// ONNX's IR version that came with an opset (first pairs that ONNX Runtime and PyTorch agree on).
std::int64_t ir_version_for(std::int64_t opset) {
  if (opset <= 8) return 3;
  if (opset <= 9) return 4;
  if (opset <= 10) return 5;
  if (opset <= 11) return 6;
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  return 10;
}

ValueInfo declared(const Value& value, std::string name) {
  std::vector<Dimension> dims;
  for (const std::int64_t extent : value.shape) dims.push_back({.extent = extent, .symbol = {}});
  return {.name = std::move(name), .element = value.element, .dims = std::move(dims)};
}

bool holds_reals(ElementType element) {
  return element == ElementType::float32 || element == ElementType::float64 ||
         element == ElementType::float16 || element == ElementType::bfloat16;
}

}  // namespace

std::int64_t Value::dim(std::ptrdiff_t axis) const {
  const auto rank = std::ssize(shape);
  const std::ptrdiff_t place = axis < 0 ? axis + rank : axis;
  FORECOST_EXPECTS(place >= 0 && place < rank, "the axis lies outside of the tensor's rank");
  return shape[static_cast<std::size_t>(place)];
}

Builder::Builder(std::string name, std::int64_t opset, std::uint64_t seed) : seed_(seed) {
  FORECOST_EXPECTS(opset >= 7, "the builder writes opset 7 and newer");
  network_.source = name;
  network_.producer = "forecost";
  network_.ir_version = ir_version_for(opset);
  network_.opsets[""] = opset;
  network_.graph.name = std::move(name);
}

void Builder::scope(std::string name) {
  scope_ = std::move(name);
}

std::string Builder::fresh(std::string_view op) {
  return scope_.empty() ? fmt::format("{}_{}", op, next_++) : fmt::format("{}/{}_{}", scope_, op, next_++);
}

Value Builder::input(std::string name, Shape shape, ElementType element) {
  Value value{.name = std::move(name), .element = element, .shape = std::move(shape)};
  network_.graph.inputs.push_back(declared(value, value.name));
  return value;
}

void Builder::output(const Value& value, const std::string& name) {
  if (!name.empty()) renamed_[value.name] = name;
  network_.graph.outputs.push_back(declared(value, name.empty() ? value.name : name));
}

std::vector<Value> Builder::emit(std::string name, std::string op, const std::vector<Value>& inputs,
                                 Attributes attributes, const std::vector<Value>& outputs) {
  Node node;
  node.name = std::move(name);
  node.op = std::move(op);
  node.attributes = std::move(attributes);
  for (const Value& input : inputs) node.inputs.push_back(input.name);
  std::vector<Value> results = outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].name = results.size() == 1 ? node.name : fmt::format("{}.{}", node.name, i);
    node.outputs.push_back(results[i].name);
  }
  network_.graph.nodes.push_back(std::move(node));
  return results;
}

std::vector<Value> Builder::node(std::string op, const std::vector<Value>& inputs, Attributes attributes,
                                 const std::vector<Value>& outputs, std::string domain) {
  std::string name = fresh(op);
  std::vector<Value> results = emit(std::move(name), std::move(op), inputs, std::move(attributes), outputs);
  if (!domain.empty()) network_.opsets.try_emplace(domain, 1);
  network_.graph.nodes.back().domain = std::move(domain);
  return results;
}

Value Builder::same(std::string op, const std::vector<Value>& inputs, Attributes attributes,
                    std::string domain) {
  FORECOST_EXPECTS(!inputs.empty(), "an operator that keeps its input's shape needs an input");
  return node(std::move(op), inputs, std::move(attributes), {inputs.front()}, std::move(domain)).front();
}

Value Builder::one(std::string op, const std::vector<Value>& inputs, Attributes attributes, Shape shape) {
  const ElementType element = inputs.front().element;
  return node(std::move(op), inputs, std::move(attributes),
              {{.name = {}, .element = element, .shape = std::move(shape)}})
      .front();
}

Value Builder::initializer(std::string name, Shape shape, const Fill& fill, ElementType element) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.element = element;
  tensor.dims = std::move(shape);
  tensor.fill = fill;
  Value value{.name = tensor.name, .element = element, .shape = tensor.dims};
  network_.graph.initializers.push_back(std::move(tensor));
  return value;
}

Value Builder::random(std::string name, Shape shape, double deviation, ElementType element) {
  const auto order = static_cast<std::uint64_t>(network_.graph.initializers.size()) + 1;
  const std::uint64_t seed = seed_ * 0x9E3779B97F4A7C15ULL + order * 0xD1B54A32D192ED03ULL;
  return initializer(std::move(name), std::move(shape),
                     {.kind = Fill::Kind::normal, .value = deviation, .seed = seed}, element);
}

Value Builder::weights(Shape shape, double deviation, ElementType element) {
  return random(fresh("parameter") + ".weight", std::move(shape), deviation, element);
}

Value Builder::learned(Shape shape, double value) {
  return initializer(fresh("parameter") + ".weight", std::move(shape),
                     {.kind = Fill::Kind::constant, .value = value, .seed = 0});
}

Value Builder::filled(Shape shape, double value, ElementType element) {
  return initializer(fresh("constant"), std::move(shape),
                     {.kind = Fill::Kind::constant, .value = value, .seed = 0}, element);
}

Value Builder::integers(std::vector<std::int64_t> values, Shape shape) {
  FORECOST_EXPECTS(elements_of(shape) == std::ssize(values), "as many values as the shape has elements");
  Value value = initializer(fresh("constant"), std::move(shape), {}, ElementType::int64);
  network_.graph.initializers.back().values = std::move(values);
  return value;
}

Value Builder::scalar(double value, ElementType element) {
  Value made = initializer(fresh("constant"), {}, {}, element);
  Tensor& tensor = network_.graph.initializers.back();
  if (holds_reals(element)) {
    tensor.values = std::vector<double>{value};
  } else {
    tensor.values = std::vector<std::int64_t>{static_cast<std::int64_t>(value)};
  }
  return made;
}

Network Builder::finish() {
  if (!renamed_.empty()) {
    const auto rename = [this](std::string& name) {
      if (const auto found = renamed_.find(name); found != renamed_.end()) name = found->second;
    };
    for (Node& node : network_.graph.nodes) {
      std::for_each(node.inputs.begin(), node.inputs.end(), rename);
      std::for_each(node.outputs.begin(), node.outputs.end(), rename);
    }
  }
  renamed_.clear();
  return std::exchange(network_, Network{});
}

std::int64_t learned_parameters(const Network& built) {
  std::int64_t count = 0;
  for (const Tensor& tensor : built.graph.initializers) {
    if (tensor.name.ends_with(".weight") || tensor.name.ends_with(".bias"))
      count += elements_of(tensor.dims).value_or(0);
  }
  return count;
}

}  // namespace forecost::network
