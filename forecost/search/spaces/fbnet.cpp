// SPDX-License-Identifier: Apache-2.0
// Wu et al. 2019, FBNet: 22 blocks, each one of nine: windows of 3 or 5, expansions of 1, 3 or 6, pointwise
// convolutions in one or two groups (then channels are shuffled behind the first), or left out. Where a block
// that is left out would change channels or extents, a pointwise convolution stands in for it.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/search/space_entry.h"

namespace forecost::search::spaces {
namespace {

using network::Builder;
using network::Value;

struct Group {
  std::int64_t channels;
  int blocks;
  std::int64_t stride;  ///< of the first block
};
constexpr std::array<Group, 7> groups{
    {{16, 1, 1}, {24, 4, 2}, {32, 4, 2}, {64, 4, 2}, {112, 4, 1}, {184, 4, 2}, {352, 1, 1}}};
constexpr int last_channels = 1984;

struct Choice {
  const char* name;
  std::int64_t window, expand, groups;  ///< window 0: left out
};
/// The paper's names.
constexpr std::array<Choice, 9> choices{{{R"("k3_e1")", 3, 1, 1},
                                         {R"("k3_e1_g2")", 3, 1, 2},
                                         {R"("k3_e3")", 3, 3, 1},
                                         {R"("k3_e6")", 3, 6, 1},
                                         {R"("k5_e1")", 5, 1, 1},
                                         {R"("k5_e1_g2")", 5, 1, 2},
                                         {R"("k5_e3")", 5, 3, 1},
                                         {R"("k5_e6")", 5, 6, 1},
                                         {R"("skip")", 0, 1, 1}}};

std::string name_of(int block) {
  return "block_" + std::to_string(block + 1);
}

Space space() {
  std::vector<std::string> names;
  for (const Choice& choice : choices) names.emplace_back(choice.name);
  std::vector<Parameter> parameters;
  int block = 0;
  for (const Group& group : groups) {
    for (int i = 0; i < group.blocks; ++i)
      parameters.push_back(
          {.name = name_of(block++), .kind = Parameter::Kind::categorical, .choices = names});
  }
  return Space::make(std::move(parameters)).value();
}

Value pointwise(Builder& b, const Value& x, std::int64_t channels, std::int64_t groups_of) {
  return b.batch_norm(b.conv(x, channels, {.groups = groups_of, .bias = false}));
}

/// Zhang et al. 2018: channels of two groups take turns.
Value shuffled(Builder& b, const Value& x) {
  const Value apart = b.reshape(x, {x.dim(0), 2, x.dim(1) / 2, x.dim(2), x.dim(3)});
  return b.reshape(b.transpose(apart, {0, 2, 1, 3, 4}), x.shape);
}

Value block_of(Builder& b, const Value& x, const Choice& choice, std::int64_t channels, std::int64_t stride) {
  const bool same = stride == 1 && x.dim(1) == channels;
  if (choice.window == 0) {
    if (same) return x;
    return b.relu(b.batch_norm(b.conv(x, channels, {.stride = {stride, stride}, .bias = false})));
  }
  const std::int64_t hidden = choice.expand * x.dim(1);
  Value y = b.relu(pointwise(b, x, hidden, choice.groups));
  if (choice.groups == 2) y = shuffled(b, y);
  y = b.relu(b.batch_norm(b.conv(y, hidden,
                                 {.kernel = {choice.window, choice.window},
                                  .stride = {stride, stride},
                                  .groups = hidden,
                                  .bias = false})));
  y = pointwise(b, y, channels, choice.groups);
  return same ? b.add(y, x) : y;
}

constexpr std::size_t blocks = 22;
constexpr std::string_view scope = "block";  ///< of the links but the first and the last

struct Place {
  std::int64_t channels, stride;
};
Place place_of(std::size_t block) {
  std::size_t first = 0;
  for (const Group& group : groups) {
    const std::size_t behind = first + static_cast<std::size_t>(group.blocks);
    if (block < behind) return {group.channels, block == first ? group.stride : 1};
    first = behind;
  }
  return {last_channels, 1};
}

/// Link 0 is the stem, 1 to 22 are the blocks, 23 is the head.
Value grown(Builder& b, const Value& x, std::size_t link, const Space& space, const Design& design) {
  if (link == 0)
    return b.relu(b.batch_norm(b.conv(x, 16, {.kernel = {3, 3}, .stride = {2, 2}, .bias = false})));
  b.scope(std::string(scope) + std::to_string(link));
  if (link > blocks) {
    const Value y = b.relu(b.batch_norm(b.conv(x, last_channels, {.bias = false})));
    return b.linear(b.flatten(b.global_average_pool(y)), 1000);
  }
  const Place place = place_of(link - 1);
  const auto code = static_cast<std::size_t>(design.values[*space.find(name_of(static_cast<int>(link) - 1))]);
  return block_of(b, x, choices.at(code), place.channels, place.stride);
}

Result<network::Network> build(const Space& space, const Design& design) {
  Builder b("fbnet");
  Value x = b.input("input", {1, 3, 224, 224});
  for (std::size_t link = 0; link < blocks + 2; ++link) x = grown(b, x, link, space, design);
  b.output(x, "output");
  return b.finish();
}

Chain chain(const Space& space) {
  Chain chain;
  chain.input = {1, 3, 224, 224};
  chain.parameters.resize(blocks + 2);
  for (std::size_t block = 0; block < blocks; ++block)
    chain.parameters[block + 1] = {*space.find(name_of(static_cast<int>(block)))};
  chain.pass = [space](std::size_t link, const network::Shape& before,
                       const Design& design) -> Result<network::Shape> {
    Builder b("fbnet");
    return grown(b, b.input("input", before), link, space, design).shape;
  };
  chain.link_of = [](std::string_view node) -> std::optional<std::size_t> {
    return number_behind(scope, node).value_or(0);
  };
  return chain;
}

}  // namespace

SpaceEntry fbnet() {
  return {.name = "fbnet",
          .summary = "22 blocks, each one of nine, ImageNet",
          .source = "Wu et al. 2019",
          .space = space,
          .build = build,
          .chain = chain};
}

}  // namespace forecost::search::spaces
