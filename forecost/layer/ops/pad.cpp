// SPDX-License-Identifier: Apache-2.0
// Pad-23 and its attribute form of opset 2. Data movement only.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> pad();

namespace {

using Ints = std::vector<std::int64_t>;

Result<Ints> pads_of(const OpCall& call) {
  const Ints* stated = call.has(1) ? call.integers(1) : call.node.attribute<Ints>("pads");
  if (!stated && call.has(1)) return depends_on_data(call, 1);
  if (!stated) return call.refuse("no pads", "the operator requires them: export the model again");
  const std::size_t rank = call.inputs[0].shape.size();
  Ints axes;
  if (call.has(3) && !call.integers(3)) return depends_on_data(call, 3);
  if (call.has(3)) axes = *call.integers(3);
  for (std::size_t i = 0; !call.has(3) && i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (stated->size() != 2 * axes.size()) {
    return call.refuse(fmt::format("{} pads for {} axes", stated->size(), axes.size()),
                       "there must be one before and one behind each axis");
  }
  Ints pads(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    FORECOST_TRY(const std::int64_t axis, axis_in(call, axes[i], rank));
    pads[static_cast<std::size_t>(axis)] = (*stated)[i];
    pads[static_cast<std::size_t>(axis) + rank] = (*stated)[i + axes.size()];
  }
  return pads;
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  FORECOST_TRY(const Ints pads, pads_of(call));
  const TensorFact& x = call.inputs[0];
  const std::size_t rank = x.shape.size();
  Shape out = x.shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const bool overflow = __builtin_add_overflow(out[i], pads[i], &out[i]) ||
                          __builtin_add_overflow(out[i], pads[i + rank], &out[i]);
    if (overflow || out[i] < 0) {
      return call.refuse(fmt::format("pads {} and {} for extent {}", pads[i], pads[i + rank], x.shape[i]),
                         "the padded extent must be >= 0");
    }
  }
  return std::vector<TensorFact>{fact_of(call, x.element, std::move(out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

network::Network example(std::int64_t batch) {
  network::Builder builder("pad");
  const auto x = builder.input("x", {batch, 8, 16});
  const auto pads = builder.integers({0, 0, 1, 0, 0, 1}, {6});
  builder.output(builder.node("Pad", {x, pads}, {}, {{.name = "y", .shape = {batch, 8, 18}}}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> pad() {
  return {{.op = "Pad",
           .shapes = shapes,
           .cost = cost,
           .example = example,
           .summary = "pads as input or attribute; negative ones crop"}};
}

}  // namespace forecost::layer::ops
