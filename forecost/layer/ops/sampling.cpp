// SPDX-License-Identifier: Apache-2.0
// GridSample-20 and RoiAlign-16: interpolation at computed places.
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

Result<std::vector<TensorFact>> grid_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& x = call.inputs[0].shape;
  const Shape& grid = call.inputs[1].shape;
  if (x.size() < 3 || grid.size() != x.size() || x[0] != grid[0] ||
      grid.back() != static_cast<std::int64_t>(x.size()) - 2) {
    return call.refuse(fmt::format("grid [{}] for an input [{}]", fmt::join(grid, ", "), fmt::join(x, ", ")),
                       "the grid must be [batch, output extents..., spatial rank of the input]");
  }
  Shape out{x[0], x[1]};
  out.insert(out.end(), grid.begin() + 1, grid.end() - 1);
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost grid_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::string mode = call.node.string_or("mode", "linear");
  const std::int64_t taps = mode == "nearest" ? 0 : mode == "cubic" || mode == "bicubic" ? 4 : 2;
  std::int64_t each = taps == 0 ? 0 : 2;
  for (std::size_t i = 2; i < call.inputs[0].shape.size(); ++i) each = product({each, taps});
  const std::int64_t coordinates = call.inputs[1].elements();
  const std::int64_t work = sum({product({outputs[0].elements(), each}), product({coordinates, 4})});
  return work_cost(call, outputs, {.other = work}, {.m = real(outputs[0].elements())});
}

Result<std::vector<TensorFact>> region_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  const Shape& x = call.inputs[0].shape;
  const Shape& regions = call.inputs[1].shape;
  const std::int64_t height = call.node.int_or("output_height", 1);
  const std::int64_t width = call.node.int_or("output_width", 1);
  if (x.size() != 4 || regions.size() != 2 || regions[1] != 4 || height < 1 || width < 1) {
    return call.refuse(fmt::format("regions [{}] for an input [{}] and an output of {} x {}",
                                   fmt::join(regions, ", "), fmt::join(x, ", "), height, width),
                       "the input must have rank 4 and the regions be [count, 4]");
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, {regions[0], x[1], height, width})};
}

/// sampling_ratio^2 bilinear samples of 8 operations per output element; the ratio is 2 where it depends on
/// the data.
Cost region_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t stated = call.node.int_or("sampling_ratio", 0);
  const std::int64_t ratio = stated > 0 ? stated : 2;
  return work_cost(call, outputs, {.other = product({outputs[0].elements(), ratio, ratio, 8})},
                   {.m = real(outputs[0].elements())});
}

network::Network grid_example(std::int64_t batch) {
  network::Builder builder("grid_sample");
  const auto x = builder.input("x", {batch, 2, 8, 8});
  const auto grid = builder.input("grid", {batch, 4, 4, 2});
  builder.output(
      builder.node("GridSample", {x, grid}, {}, {{"y", ElementType::float32, {batch, 2, 4, 4}}})[0]);
  return builder.finish();
}

network::Network region_example(std::int64_t batch) {
  network::Builder builder("roi_align");
  const auto x = builder.input("x", {batch, 2, 8, 8});
  const auto regions = builder.input("regions", {3 * batch, 4});
  const auto places = builder.input("places", {3 * batch}, ElementType::int64);
  builder.output(builder.node("RoiAlign", {x, regions, places},
                              {{"output_height", std::int64_t{4}}, {"output_width", std::int64_t{4}}},
                              {{"y", ElementType::float32, {3 * batch, 2, 4, 4}}})[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> sampling() {
  return {
      {.op = "GridSample",
       .shapes = grid_shapes,
       .cost = grid_cost,
       .example = grid_example,
       .summary = "interpolates an input at the places of a grid"},
      {.op = "RoiAlign",
       .shapes = region_shapes,
       .cost = region_cost,
       .example = region_example,
       .summary = "averages bilinear samples inside regions"},
  };
}

}  // namespace forecost::layer::ops
