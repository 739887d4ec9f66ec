// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/infer_inputs.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::layer {

namespace {

using network::Dimension;
using network::ValueInfo;

constexpr std::size_t rank_limit = 16;

bool names_a_batch(std::string_view symbol) {
  std::string lower(symbol);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.empty() || lower == "n" || lower == "b" || lower == "bs" || lower == "none" || lower == "?" ||
         lower == "s0" || lower.starts_with("unk__") || lower.find("batch") != std::string::npos;
}

bool is_open(const Dimension& dimension) {
  return !dimension.extent || *dimension.extent < 0;
}

Status check_binding(const Binding& binding) {
  if (binding.batch && *binding.batch < 1) {
    return Error{Fault::bad_input, fmt::format("batch of {}", *binding.batch), "", "--batch takes 1 or more"};
  }
  for (const auto& [symbol, size] : binding.symbols) {
    if (size < 1) {
      return Error{Fault::bad_input, fmt::format("size {} for dimension '{}'", size, symbol), "",
                   fmt::format("--dim {}=... takes 1 or more", symbol)};
    }
  }
  return Done{};
}

Status check_input(const ValueInfo& input) {
  const std::string where = fmt::format("graph input '{}'", input.name);
  if (network::bits_of(input.element) == 0 && input.element != ElementType::string) {
    return Error{Fault::unsupported, "input is a sequence, map or optional, or has no type", where,
                 "export the network with tensors as inputs"};
  }
  if (!input.dims) {
    return Error{Fault::bad_input, "input has no shape", where,
                 "export the network with the rank of its inputs; symbolic extents can be set with --dim"};
  }
  if (input.dims->size() > rank_limit) {
    return Error{Fault::unsupported, fmt::format("input of rank {}", input.dims->size()), where,
                 fmt::format("tensors have at most {} axes", rank_limit)};
  }
  return Done{};
}

/// Gives every symbol that stands first in an input its size, so that it is the same wherever it stands.
void bind_first_symbols(const network::Graph& graph, const Binding& binding, BoundInputs& bound) {
  bound.symbols = binding.symbols;
  for (const ValueInfo& input : graph.inputs) {
    if (!input.dims || input.dims->empty()) continue;
    const Dimension& first = input.dims->front();
    if (!is_open(first) || first.symbol.empty()) continue;
    if (binding.batch)
      bound.symbols.emplace(first.symbol, *binding.batch);
    else if (names_a_batch(first.symbol))
      bound.symbols.emplace(first.symbol, 1);
  }
}

/// The extent of one axis of an input.
Result<std::int64_t> extent_of(const ValueInfo& input, std::size_t axis,
                               std::pair<const Binding&, BoundInputs&> scope) {
  auto& [binding, bound] = scope;
  const Dimension& dimension = (*input.dims)[axis];
  if (!is_open(dimension)) {
    const bool is_batch = axis == 0 && input.dims->size() >= 2 && binding.batch;
    if (!is_batch || *binding.batch == *dimension.extent) return *dimension.extent;
    bound.written_batch = *dimension.extent;
    return *binding.batch;
  }
  const auto found = bound.symbols.find(dimension.symbol);
  if (!dimension.symbol.empty() && found != bound.symbols.end()) return found->second;
  if (axis == 0 && dimension.symbol.empty()) return binding.batch.value_or(1);
  if (dimension.symbol.empty()) {
    return Error{Fault::bad_input, fmt::format("axis {} of the input has neither a size nor a name", axis),
                 fmt::format("graph input '{}'", input.name),
                 "export the network with a named dynamic axis and set it with --dim name=value"};
  }
  return Error{
      Fault::bad_input, fmt::format("dimension '{}' has no size", dimension.symbol),
      fmt::format("axis {} of graph input '{}'", axis, input.name),
      fmt::format("set it with --dim {}=value{}", dimension.symbol, axis == 0 ? " or --batch value" : "")};
}

void warn_of_unused(const network::Graph& graph, const Binding& binding, BoundInputs& bound) {
  std::vector<std::string> symbols;
  for (const ValueInfo& input : graph.inputs) {
    for (const Dimension& dimension : *input.dims) {
      if (is_open(dimension) && !dimension.symbol.empty()) symbols.push_back(dimension.symbol);
    }
  }
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  for (const auto& [symbol, size] : binding.symbols) {
    if (std::binary_search(symbols.begin(), symbols.end(), symbol)) continue;
    bound.warnings.push_back({fmt::format("no input has a dimension '{}'", symbol),
                              symbols.empty() ? "all dimensions of this network are fixed"
                                              : fmt::format("it has: {}", fmt::join(symbols, ", "))});
  }
}

}  // namespace

std::optional<Shape> BoundInputs::shape_of(const ValueInfo& value) const {
  if (!value.dims) return {};
  Shape shape;
  for (const Dimension& dimension : *value.dims) {
    if (!is_open(dimension)) {
      const bool is_batch = shape.empty() && written_batch && *dimension.extent == *written_batch;
      shape.push_back(is_batch ? batch : *dimension.extent);
      continue;
    }
    const auto found = symbols.find(dimension.symbol);
    if (found == symbols.end()) return {};
    shape.push_back(found->second);
  }
  return shape;
}

Result<BoundInputs> bind_inputs(const network::Graph& graph, const Binding& binding) {
  FORECOST_TRY([[maybe_unused]] const Done sizes, check_binding(binding));
  BoundInputs bound;
  bind_first_symbols(graph, binding, bound);
  bool has_batch = false;
  for (const ValueInfo& input : graph.inputs) {
    FORECOST_TRY([[maybe_unused]] const Done fit, check_input(input));
    TensorFact fact;
    fact.element = input.element;
    for (std::size_t axis = 0; axis < input.dims->size(); ++axis) {
      FORECOST_TRY(const std::int64_t extent, extent_of(input, axis, {binding, bound}));
      fact.shape.push_back(extent);
    }
    if (!has_batch && fact.shape.size() >= 2) {
      bound.batch = fact.shape.front();
      has_batch = true;
    }
    bound.facts.push_back(std::move(fact));
  }
  warn_of_unused(graph, binding, bound);
  return bound;
}

}  // namespace forecost::layer
