// SPDX-License-Identifier: Apache-2.0
// DepthToSpace-13, SpaceToDepth-13, Trilu-14, ReverseSequence-10 move data; CumSum-14 adds along an axis.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr std::int64_t block_limit = 1 << 15;

Result<std::vector<TensorFact>> block_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  Shape out = call.inputs[0].shape;
  const std::int64_t block = call.node.int_or("blocksize", 0);
  const bool widens = call.node.op == "DepthToSpace";
  const bool sane = out.size() == 4 && block > 0 && block <= block_limit;
  if (!sane || (widens ? out[1] % (block * block) != 0 : out[2] % block != 0 || out[3] % block != 0)) {
    return call.refuse(fmt::format("blocksize {} for an input [{}]", block, fmt::join(out, ", ")),
                       widens ? "the channels of a rank-4 input must be a multiple of blocksize squared"
                              : "height and width of a rank-4 input must be multiples of blocksize");
  }
  if (widens) {
    out = {out[0], out[1] / (block * block), product({out[2], block}), product({out[3], block})};
  } else {
    out = {out[0], product({out[1], block, block}), out[2] / block, out[3] / block};
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Result<std::vector<TensorFact>> triangle_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  if (call.inputs[0].shape.size() < 2) {
    return call.refuse(fmt::format("input [{}] is not a matrix", fmt::join(call.inputs[0].shape, ", ")),
                       "Trilu takes rank 2 or more");
  }
  return same_as_input(call);
}

Result<std::vector<TensorFact>> sequence_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& shape = call.inputs[0].shape;
  const std::int64_t batch_axis = call.node.int_or("batch_axis", 1);
  const std::int64_t time_axis = call.node.int_or("time_axis", 0);
  const bool sane = shape.size() >= 2 && (batch_axis == 0 || batch_axis == 1) && time_axis == 1 - batch_axis;
  if (!sane || call.inputs[1].shape != Shape{shape[static_cast<std::size_t>(batch_axis)]}) {
    return call.refuse(
        fmt::format("lengths [{}] for a sequence [{}] with batch_axis {} and time_axis {}",
                    fmt::join(call.inputs[1].shape, ", "), fmt::join(shape, ", "), batch_axis, time_axis),
        "batch_axis and time_axis are 0 and 1 in some order, with one length per batch entry");
  }
  return same_as_input(call);
}

Result<std::vector<TensorFact>> running_sum_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  if (const auto* axis = call.integers(1); axis != nullptr && axis->size() == 1) {
    FORECOST_TRY([[maybe_unused]] const std::int64_t valid,
                 axis_in(call, axis->front(), call.inputs[0].shape.size()));
  }
  return same_as_input(call);
}

Cost moved_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}
Cost running_sum_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 1);
}

network::Network block_example(std::string op, std::int64_t batch) {
  network::Builder builder("blocks");
  const auto x = builder.input("x", {batch, 4, 4, 4});
  const Shape out = op == "DepthToSpace" ? Shape{batch, 1, 8, 8} : Shape{batch, 16, 2, 2};
  builder.output(builder.node(std::move(op), {x}, {{"blocksize", std::int64_t{2}}},
                              {{"y", ElementType::float32, out}})[0]);
  return builder.finish();
}

network::Network triangle_example(std::int64_t batch) {
  network::Builder builder("triangle");
  builder.output(builder.same("Trilu", {builder.input("x", {batch, 4, 4})}));
  return builder.finish();
}

network::Network sequence_example(std::int64_t batch) {
  network::Builder builder("sequence");
  const auto x = builder.input("x", {6, batch, 4});
  const auto lengths = builder.input("lengths", {batch}, ElementType::int64);
  builder.output(builder.same("ReverseSequence", {x, lengths}));
  return builder.finish();
}

network::Network running_sum_example(std::int64_t batch) {
  network::Builder builder("running_sum");
  const auto x = builder.input("x", {batch, 8});
  builder.output(builder.same("CumSum", {x, builder.integers({1}, {})}));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> rearrange() {
  return {
      {.op = "DepthToSpace",
       .shapes = block_shapes,
       .cost = moved_cost,
       .example = [](std::int64_t batch) { return block_example("DepthToSpace", batch); },
       .summary = "channels become pixels"},
      {.op = "SpaceToDepth",
       .shapes = block_shapes,
       .cost = moved_cost,
       .example = [](std::int64_t batch) { return block_example("SpaceToDepth", batch); },
       .summary = "pixels become channels"},
      {.op = "Trilu",
       .shapes = triangle_shapes,
       .cost = moved_cost,
       .example = triangle_example,
       .summary = "upper or lower triangle of matrices"},
      {.op = "ReverseSequence",
       .shapes = sequence_shapes,
       .cost = moved_cost,
       .example = sequence_example,
       .summary = "reverses sequences of stated lengths"},
      {.op = "CumSum",
       .shapes = running_sum_shapes,
       .cost = running_sum_cost,
       .example = running_sum_example,
       .summary = "running sum along an axis"},
  };
}

}  // namespace forecost::layer::ops
