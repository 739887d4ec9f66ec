// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/search/space_entry.h"

namespace forecost::search {
namespace {

TEST(MobilenetOfa, HasAsManyArchitecturesAsThePaperCounts) {
  const Space space = find_space("mobilenet_ofa")->space();
  // (9^2 + 9^3 + 9^4)^5 = 2e19 (Cai et al. 2020, section 3.1), at each of four resolutions
  EXPECT_DOUBLE_EQ(space.cardinality(), 4 * std::pow(81.0 + 729 + 6561, 5));
}

TEST(MobilenetOfa, DeeperWiderAndLargerCostsMore) {
  const SpaceEntry& entry = *find_space("mobilenet_ofa");
  const Space space = entry.space();
  const auto macs = [&](double corner) {
    const Design design = space.decode(std::vector<double>(space.size(), corner));
    return layer::totals_of(layer::infer(entry.build(space, design).value()).value()).macs.value;
  };
  EXPECT_GT(macs(1), 4 * macs(0));
}

}  // namespace
}  // namespace forecost::search
