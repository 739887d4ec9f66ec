// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/onnxruntime/arena.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace forecost::layer::onnxruntime_rules {
namespace {

constexpr std::int64_t mib = 1 << 20;

TEST(Arena, TheFirstRegionHasOneMebibyteAndTheNextTwo) {
  Arena arena;
  const auto a = arena.allocate(mib);
  const auto b = arena.allocate(2 * mib);
  EXPECT_EQ(a, Arena::Address(0, 0));
  EXPECT_EQ(b, Arena::Address(1, 0));
  EXPECT_EQ(arena.resident().value, 3 * mib);
}

TEST(Arena, ARegionThatIsNotWrittenToIsNotResident) {
  Arena arena;
  arena.allocate(5 * mib);  // a region of eight
  EXPECT_EQ(arena.resident().value, 5 * mib);
}

TEST(Arena, AChunkIsSplitOnlyWhereHalfOfItWouldBeLeft) {
  Arena arena;
  const auto a = arena.allocate(5 * mib);  // keeps the whole region of eight
  const auto b = arena.allocate(mib);      // so this one needs a region, which is as large
  EXPECT_EQ(a.first, 0U);
  EXPECT_EQ(b.first, 1U);
  const auto c = arena.allocate(mib);  // the rest of that one
  EXPECT_EQ(c, Arena::Address(1, mib));
}

TEST(Arena, FreedNeighboursBecomeOne) {
  Arena arena;
  const auto a = arena.allocate(mib / 4);
  const auto b = arena.allocate(mib / 4);
  arena.free(a);
  arena.free(b);
  EXPECT_EQ(arena.allocate(mib), Arena::Address(0, 0));
}

RC_GTEST_PROP(Arena, ChunksInUseNeverOverlap, ()) {
  Arena arena;
  std::map<Arena::Address, std::int64_t> held;
  const auto steps = *rc::gen::container<std::vector<int>>(60, rc::gen::inRange(1, 4'000'000));
  std::int64_t most = 0, now = 0;
  for (const int step : steps) {
    if (step % 3 == 0 && !held.empty()) {
      const auto victim = std::next(held.begin(), step % static_cast<int>(held.size()));
      now -= victim->second;
      arena.free(victim->first);
      held.erase(victim);
      continue;
    }
    const auto at = arena.allocate(step);
    RC_ASSERT(held.emplace(at, step).second);
    now += step;
    most = std::max(most, now);
  }
  for (auto it = held.begin(); it != held.end() && std::next(it) != held.end(); ++it) {
    const auto next = std::next(it);
    if (it->first.first == next->first.first) {
      RC_ASSERT(it->first.second + it->second <= next->first.second);
    }
  }
  RC_ASSERT(arena.resident().value >= most);
}

TEST(MemoryPattern, AFreedGapIsFilledByWhatFitsBest) {
  MemoryPattern pattern;
  pattern.allocate(0, 100);
  pattern.allocate(1, 50);
  pattern.allocate(2, 60);
  pattern.allocate(3, 10);
  pattern.free(0);
  pattern.free(2);
  pattern.allocate(4, 55);  // where 2 was
  EXPECT_EQ(pattern.size(), 220);
  pattern.allocate(5, 100);  // where 0 was
  EXPECT_EQ(pattern.size(), 220);
  pattern.allocate(6, 6);  // no gap is left for it
  EXPECT_EQ(pattern.size(), 226);
}

}  // namespace
}  // namespace forecost::layer::onnxruntime_rules
