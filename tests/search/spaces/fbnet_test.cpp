// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/layer/layer.h"
#include "forecost/search/space_entry.h"

namespace forecost::search {
namespace {

TEST(Fbnet, HasAsManyArchitecturesAsThePaperCounts) {
  // 9^22, section 3.1 of Wu et al. 2019
  EXPECT_DOUBLE_EQ(find_space("fbnet")->space().cardinality(), std::pow(9.0, 22));
}

TEST(Fbnet, TheNetworkThatThePaperFoundHasThePublishedCounts) {
  constexpr std::array<const char*, 22> found{
      "k3_e1", "k3_e6", "skip",  "k3_e1", "k3_e1", "k5_e6", "k5_e3", "k5_e6", "k3_e6", "k5_e6", "k5_e3",
      "k5_e6", "k5_e6", "k5_e6", "k5_e6", "k5_e6", "k5_e3", "k5_e6", "k5_e6", "k5_e6", "k5_e6", "k3_e6"};
  const SpaceEntry& entry = *find_space("fbnet");
  const Space space = entry.space();
  nlohmann::json object;
  for (std::size_t i = 0; i < found.size(); ++i) object["block_" + std::to_string(i + 1)] = found[i];
  const Design design = space.from_json(object).value();
  const auto totals = layer::totals_of(layer::infer(entry.build(space, design).value()).value());
  // FBNet-C, table 3: 375 M multiply-accumulates and 5.5 M parameters.
  EXPECT_NEAR(static_cast<double>(totals.parameters), 5.5e6, 0.1e6);
  EXPECT_NEAR(static_cast<double>(totals.macs.value), 375e6, 20e6);
}

TEST(Fbnet, TwoGroupsHalveThePointwiseConvolutions) {
  const SpaceEntry& entry = *find_space("fbnet");
  const Space space = entry.space();
  const auto parameters = [&](double code) {
    const Design design{std::vector<double>(22, code)};
    return layer::totals_of(layer::infer(entry.build(space, design).value()).value()).parameters;
  };
  // Pointwise weights of 22 blocks with expansion 1: in * in + in * out each.
  std::int64_t pointwise = 0;
  std::int64_t in = 16;
  for (const std::int64_t out : {16, 24, 32, 64, 112, 184, 352}) {
    const int blocks = out == 16 || out == 352 ? 1 : 4;
    for (int i = 0; i < blocks; ++i) {
      pointwise += in * in + in * out;
      in = out;
    }
  }
  EXPECT_EQ(parameters(0) - parameters(1), pointwise / 2);
}

}  // namespace
}  // namespace forecost::search
