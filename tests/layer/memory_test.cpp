// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/memory.h"

#include <gtest/gtest.h>

#include "forecost/network/builder.h"

namespace forecost::layer {
namespace {

LayeredNetwork inferred(network::Builder& builder) {
  auto result = infer(builder.finish());
  EXPECT_TRUE(result) << (result ? "" : to_string(result.error()));
  return *std::move(result);
}

TEST(Memory, AChainHoldsTwoNeighbours) {
  // 1x4x8x8 floats are 1024 bytes; the pool's result a quarter of that.
  network::Builder builder("chain");
  auto x = builder.input("x", {1, 4, 8, 8});
  x = builder.conv(x, 8, {.kernel = {3, 3}, .pads = {1, 1, 1, 1}});
  x = builder.max_pool(x, {});
  builder.output(x);
  const MemoryPlan plan = plan_memory(inferred(builder));
  ASSERT_EQ(plan.alive.size(), 2U);
  EXPECT_EQ(plan.alive[0].value, 1024 + 2048);
  EXPECT_EQ(plan.alive[1].value, 2048 + 512);
  EXPECT_EQ(plan.peak.value, 3072);
  EXPECT_EQ(plan.at_layer, 0U);
}

TEST(Memory, AnActivationWritesOverItsDyingInput) {
  network::Builder builder("in place");
  auto x = builder.conv(builder.input("x", {1, 4, 8, 8}), 4, {.kernel = {1, 1}, .pads = {0, 0, 0, 0}});
  builder.output(builder.relu(x));
  EXPECT_EQ(plan_memory(inferred(builder)).alive.at(1).value, 1024);
}

TEST(Memory, ASkipConnectionStaysAlive) {
  network::Builder builder("residual");
  const auto x = builder.conv(builder.input("x", {1, 4, 8, 8}), 4, {.kernel = {1, 1}, .pads = {0, 0, 0, 0}});
  const auto y = builder.conv(x, 4, {.kernel = {1, 1}, .pads = {0, 0, 0, 0}});
  const auto z = builder.conv(y, 4, {.kernel = {1, 1}, .pads = {0, 0, 0, 0}});
  builder.output(builder.add(x, z));
  const MemoryPlan plan = plan_memory(inferred(builder));
  EXPECT_EQ(plan.peak.value, 3 * 1024);  // x, y and z
  EXPECT_EQ(plan.at_layer, 2U);
}

TEST(Memory, GraphInputsAreNotWrittenOver) {
  network::Builder builder("input");
  builder.output(builder.relu(builder.input("x", {1, 4, 8, 8})));
  EXPECT_EQ(plan_memory(inferred(builder)).peak.value, 2048);
}

TEST(Memory, AViewNeedsNoMemoryOfItsOwn) {
  network::Builder builder("view");
  const auto x = builder.conv(builder.input("x", {1, 4, 8, 8}), 4, {.kernel = {1, 1}, .pads = {0, 0, 0, 0}});
  builder.output(builder.flatten(x));
  EXPECT_EQ(plan_memory(inferred(builder)).alive.at(1).value, 1024);
}

TEST(Memory, AnEmptyNetworkNeedsNothing) {
  const MemoryPlan plan = plan_memory(LayeredNetwork{});
  EXPECT_EQ(plan.peak.value, 0);
  EXPECT_TRUE(plan.alive.empty());
}

}  // namespace
}  // namespace forecost::layer
