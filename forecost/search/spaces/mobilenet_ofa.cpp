// SPDX-License-Identifier: Apache-2.0
// Cai et al. 2020, Once-for-All: MobileNetV3-like networks of five stages with 2 to 4 blocks; each block has
// its own kernel (3, 5, 7) and expansion (3, 4, 6). Widths, strides, activations and squeezing as in the
// published supernet of width 1.0.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/search/space_entry.h"
#include "forecost/search/template_layers.h"

namespace forecost::search::spaces {
namespace {

using network::Builder;
using network::Value;

struct Stage {
  std::int64_t channels, stride;
  bool squeeze;
  const char* activation;
};
constexpr std::array<Stage, 5> stages{{{24, 2, false, "relu"},
                                       {40, 2, true, "relu"},
                                       {80, 2, false, "hard_swish"},
                                       {112, 1, true, "hard_swish"},
                                       {160, 2, true, "hard_swish"}}};
constexpr int least_blocks = 2;
constexpr int most_blocks = 4;

std::string name_of(const char* what, std::size_t stage, int block) {
  return std::string(what) + "_" + std::to_string(stage + 1) + "_" + std::to_string(block + 1);
}

Space space() {
  using Kind = Parameter::Kind;
  std::vector<Parameter> parameters;
  parameters.push_back(
      {.name = "resolution", .kind = Kind::ordinal, .choices = {"128", "160", "192", "224"}});
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    const std::size_t depth = parameters.size();
    parameters.push_back(
        {.name = "depth_" + std::to_string(stage + 1), .kind = Kind::integer, .low = 2, .high = 4});
    for (int block = 0; block < most_blocks; ++block) {
      Parameter kernel{
          .name = name_of("kernel", stage, block), .kind = Kind::ordinal, .choices = {"3", "5", "7"}};
      Parameter expand{
          .name = name_of("expand", stage, block), .kind = Kind::ordinal, .choices = {"3", "4", "6"}};
      if (block == 2) kernel.when = expand.when = Condition{depth, {3, 4}};
      if (block == 3) kernel.when = expand.when = Condition{depth, {4}};
      parameters.push_back(std::move(kernel));
      parameters.push_back(std::move(expand));
    }
  }
  return Space::make(std::move(parameters)).value();
}

constexpr std::size_t blocks = stages.size() * most_blocks;
constexpr std::string_view scope = "block";

/// Link 0 is the stem, 1 to 20 are the blocks, four to a stage, 21 is the head.
Result<Value> grown(Builder& b, Value x, std::size_t link, const Space& space, const Design& design) {
  const LayerRule& rule = *find_layer_rule("inverted_residual");
  b.scope(std::string(scope) + std::to_string(link));
  if (link == 0) {
    x = b.hard_swish(b.batch_norm(b.conv(x, 16, {.kernel = {3, 3}, .stride = {2, 2}, .bias = false})));
    const FieldValues first{
        .numbers = {{"channels", 16}, {"expand", 1}, {"kernel", 3}, {"stride", 1}, {"squeeze", 0}},
        .texts = {{"activation", "relu"}}};
    return rule.build(b, x, first);
  }
  if (link > blocks) {
    x = b.hard_swish(b.batch_norm(b.conv(x, 960, {.bias = false})));
    x = b.hard_swish(b.conv(b.global_average_pool(x), 1280, {.bias = false}));
    return b.linear(b.flatten(x), 1000);
  }
  const std::size_t stage = (link - 1) / most_blocks;
  const int block = static_cast<int>((link - 1) % most_blocks);
  const Stage& plan = stages[stage];
  const auto depth = space.find("depth_" + std::to_string(stage + 1));
  if (block >= least_blocks && !(design.values[*depth] > block)) return x;
  const FieldValues fields{.numbers = {{"channels", static_cast<double>(plan.channels)},
                                       {"expand", number_in(space, design, name_of("expand", stage, block))},
                                       {"kernel", number_in(space, design, name_of("kernel", stage, block))},
                                       {"stride", block == 0 ? static_cast<double>(plan.stride) : 1.0},
                                       {"squeeze", plan.squeeze ? 0.25 : 0.0}},
                           .texts = {{"activation", plan.activation}}};
  return rule.build(b, x, fields);
}

Result<network::Network> build(const Space& space, const Design& design) {
  const std::int64_t side = whole_in(space, design, "resolution");
  Builder b("mobilenet_ofa");
  Value x = b.input("input", {1, 3, side, side});
  for (std::size_t link = 0; link < blocks + 2; ++link) {
    FORECOST_TRY(x, grown(b, x, link, space, design));
  }
  b.output(x, "output");
  return b.finish();
}

Chain chain(const Space& space) {
  Chain chain;
  chain.input = {1, 3, 0, 0};  // the stem reads the resolution
  chain.parameters.resize(blocks + 2);
  chain.parameters[0] = {*space.find("resolution")};
  for (std::size_t link = 1; link <= blocks; ++link) {
    const std::size_t stage = (link - 1) / most_blocks;
    const int block = static_cast<int>((link - 1) % most_blocks);
    chain.parameters[link] = {*space.find(name_of("kernel", stage, block)),
                              *space.find(name_of("expand", stage, block))};
  }
  chain.pass = [space](std::size_t link, network::Shape before,
                       const Design& design) -> Result<network::Shape> {
    if (link == 0) before[2] = before[3] = whole_in(space, design, "resolution");
    Builder b("mobilenet_ofa");
    FORECOST_TRY(const Value after, grown(b, b.input("input", before), link, space, design));
    return after.shape;
  };
  chain.link_of = [](std::string_view node) { return number_behind(scope, node); };
  return chain;
}

}  // namespace

SpaceEntry mobilenet_ofa() {
  return {.name = "mobilenet_ofa",
          .summary = "MobileNetV3-like stages with depth, kernels and expansions of each block, ImageNet",
          .source = "Cai et al. 2020",
          .space = space,
          .build = build,
          .chain = chain};
}

}  // namespace forecost::search::spaces
