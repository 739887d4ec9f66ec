// SPDX-License-Identifier: Apache-2.0
// Dong and Yang 2020: a stem of 16 channels, three stages of five cells with 16, 32 and 64 channels, a
// residual block of stride 2 between stages. A cell is a complete graph of four nodes; each of its six edges
// has one of five operations.
#include <array>
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/search/space_entry.h"

namespace forecost::search::spaces {
namespace {

using network::Builder;
using network::Value;

/// Edges in the benchmark's order: its texts read |op~0|+|op~0|op~1|+|op~0|op~1|op~2|.
constexpr std::array<const char*, 6> edges{"edge_0_1", "edge_0_2", "edge_1_2",
                                           "edge_0_3", "edge_1_3", "edge_2_3"};

Space space() {
  std::vector<Parameter> parameters;
  for (const char* edge : edges) {
    parameters.push_back({.name = edge,
                          .kind = Parameter::Kind::categorical,
                          .choices = {R"("none")", R"("skip_connect")", R"("nor_conv_1x1")",
                                      R"("nor_conv_3x3")", R"("avg_pool_3x3")"}});
  }
  return Space::make(std::move(parameters)).value();
}

Value conv_norm(Builder& b, const Value& x, std::int64_t channels, std::int64_t kernel, std::int64_t stride) {
  return b.batch_norm(
      b.conv(x, channels, {.kernel = {kernel, kernel}, .stride = {stride, stride}, .bias = false}));
}

Value operation(Builder& b, const Value& x, int code) {
  switch (code) {
    case 0:
      return b.mul(x, b.scalar(0));
    case 2:
      return conv_norm(b, b.relu(x), x.dim(1), 1, 1);
    case 3:
      return conv_norm(b, b.relu(x), x.dim(1), 3, 1);
    case 4:
      return b.average_pool(x, {.kernel = {3, 3}, .stride = {1, 1}, .pads = {1, 1, 1, 1}});
    default:
      return x;
  }
}

Value cell(Builder& b, const Value& x, const std::vector<int>& codes) {
  const Value one = operation(b, x, codes[0]);
  const Value two = b.add(operation(b, x, codes[1]), operation(b, one, codes[2]));
  const Value three = b.add(operation(b, x, codes[3]), operation(b, one, codes[4]));
  return b.add(three, operation(b, two, codes[5]));
}

Value reduction(Builder& b, const Value& x, std::int64_t channels) {
  Value y = conv_norm(b, b.relu(x), channels, 3, 2);
  y = conv_norm(b, b.relu(y), channels, 3, 1);
  const Value half = b.average_pool(x, {.kernel = {2, 2}, .stride = {2, 2}});
  return b.add(y, b.conv(half, channels, {.bias = false}));
}

Result<network::Network> build(const Space& space, const Design& design) {
  std::vector<int> codes;
  for (const char* edge : edges) codes.push_back(static_cast<int>(design.values[*space.find(edge)]));
  Builder b("nasbench201");
  Value x = conv_norm(b, b.input("input", {1, 3, 32, 32}), 16, 3, 1);
  int index = 0;
  for (const std::int64_t channels : {16, 32, 64}) {
    if (channels > 16) {
      b.scope("cells." + std::to_string(index++));
      x = reduction(b, x, channels);
    }
    for (int i = 0; i < 5; ++i) {
      b.scope("cells." + std::to_string(index++));
      x = cell(b, x, codes);
    }
  }
  b.scope("head");
  x = b.relu(b.batch_norm(x));
  b.output(b.linear(b.flatten(b.global_average_pool(x)), 10), "output");
  return b.finish();
}

}  // namespace

SpaceEntry nasbench201() {
  return {.name = "nasbench201",
          .summary = "cells of four nodes and six operations, CIFAR-10",
          .source = "Dong and Yang 2020",
          .space = space,
          .build = build};
}

}  // namespace forecost::search::spaces
