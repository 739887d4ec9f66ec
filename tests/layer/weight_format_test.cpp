// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/weight_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

/// 784 -> 20 -> ReLU -> 10: 15,680 + 20 and 200 + 10 learned numbers.
LayeredNetwork two_layers() {
  network::Builder builder("two");
  network::Value x = builder.input("x", {1, 784});
  x = builder.relu(builder.linear(x, 20));
  builder.output(builder.linear(x, 10), "y");
  return infer(builder.finish()).value();
}

WeightPlan all(std::string_view name) {
  return {.all = find_weight_format(name).value(), .layers = {}};
}

TEST(WeightFormat, FewerBitsMakeWeightsSmallerAndLeaveBiasesAlone) {
  const LayeredNetwork network = two_layers();
  EXPECT_EQ(work_with(network, {}).weights, totals_of(network).weights);
  EXPECT_EQ(work_with(network, all("int8")).weights.value, 15680 + 200 + 4 * 30);
  EXPECT_EQ(work_with(network, all("int4")).weights.value, 7840 + 100 + 4 * 30);
  EXPECT_EQ(work_with(network, all("int2")).weights.value, 3920 + 50 + 4 * 30);
}

TEST(WeightFormat, LightNNsShiftAndAddInsteadOfMultiplying) {
  const LayeredNetwork network = two_layers();
  const WeightedWork one = work_with(network, all("lightnn1"));
  EXPECT_EQ(one.multiplications.value, 0);
  EXPECT_EQ(one.shifts.value, 15880);
  EXPECT_EQ(one.additions.value, 15880);
  const WeightedWork two = work_with(network, all("lightnn2"));
  EXPECT_EQ(two.shifts.value, 2 * 15880);
  EXPECT_EQ(two.additions.value, 2 * 15880);
  EXPECT_EQ(two.weights.value, 15680 * 7 / 8 + 200 * 7 / 8 + 4 * 30);
}

TEST(WeightFormat, LayersMayHaveTheirOwn) {
  const LayeredNetwork network = two_layers();
  WeightPlan plan = all("lightnn1");
  plan.layers.emplace(network.layers.back().name, find_weight_format("int8").value());
  const WeightedWork work = work_with(network, plan);
  EXPECT_EQ(work.weights.value, 7840 + 200 + 4 * 30);
  EXPECT_EQ(work.multiplications.value, 200);
  EXPECT_EQ(work.shifts.value, 15680);
}

TEST(WeightFormat, OperationsAreThoseOfTheNetwork) {
  for (const network::ZooEntry& entry : network::zoo_entries()) {
    const LayeredNetwork network = infer(entry.build({})).value();
    const WeightedWork work = work_with(network, {});
    const Totals totals = totals_of(network);
    EXPECT_EQ(work.multiplications.value, totals.macs.value) << entry.name;
    EXPECT_EQ((work.multiplications + work.additions + work.others).value, totals.operations.value)
        << entry.name;
    EXPECT_EQ(work.weights.value, totals.weights.value) << entry.name;
  }
}

TEST(WeightFormat, ProductsOfTwoActivationsStayProducts) {
  const LayeredNetwork network = infer(network::find_zoo("vit_b_16").value()->build({})).value();
  const WeightedWork work = work_with(network, all("lightnn1"));
  // Attention: 12 layers x 2 products x 197 x 197 tokens x 768.
  EXPECT_EQ(work.multiplications.value, std::int64_t{12} * 2 * 197 * 197 * 768);
}

TEST(WeightFormat, AnUnknownOneIsAnsweredWithTheNearest) {
  EXPECT_THAT(find_weight_format("int3").error().hint, HasSubstr("int"));
}

}  // namespace
}  // namespace forecost::layer
