// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Gather, BertsWordEmbeddingReadsOnlyItsTokens) {
  const auto made = called("Gather", {constant({30522, 768}), input({1, 128}, ElementType::int64)});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 128, 768}));
  EXPECT_EQ(made.cost.read.value, 4 * 128 * 768 + 8 * 128);
  EXPECT_EQ(made.cost.weights.value, 4 * 128 * 768);
  EXPECT_EQ(made.cost.parameters, 30522 * 768);
  EXPECT_EQ(made.cost.operations.value, 0);
}

TEST(Gather, IndicesReplaceTheAxis) {
  EXPECT_EQ(
      called("Gather", {input({2, 5, 3}), input({7, 8}, ElementType::int64)}, {{"axis", std::int64_t{1}}})
          .shape(),
      (Shape{2, 7, 8, 3}));
  EXPECT_EQ(
      called("Gather", {input({2, 5, 3}), scalar(std::int64_t{1})}, {{"axis", std::int64_t{-1}}}).shape(),
      (Shape{2, 5}));
}

TEST(Gather, OneExtentOfAShapeIsKnownBeforeTheRun) {
  const auto made = called("Gather", {integers({8, 3, 224, 224}), scalar(std::int64_t{0})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), Shape{});
  EXPECT_EQ(made.integers(), Ints{8});
  EXPECT_EQ(called("Gather", {integers({8, 3, 224, 225}), integers({-1, 1})}).integers(), (Ints{225, 3}));
}

TEST(Gather, InnerAxesOfKnownTablesAreGatheredToo) {
  TensorFact table = integers({1, 2, 3, 4, 5, 6});
  table.shape = {2, 3};
  EXPECT_EQ(called("Gather", {table, integers({2, 0})}, {{"axis", std::int64_t{1}}}).integers(),
            (Ints{3, 1, 6, 4}));
  EXPECT_EQ(called("Gather", {table, integers({1})}).integers(), (Ints{4, 5, 6}));
}

TEST(Gather, AnIndexOutsideOfTheTableIsRefused) {
  const auto made = called("Gather", {integers({8, 3}), scalar(std::int64_t{2})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().what, HasSubstr("index 2"));
  EXPECT_FALSE(called("Gather", {integers({8, 3}), scalar(std::int64_t{-3})}).outputs);
}

TEST(GatherElements, HasTheShapeOfItsIndices) {
  EXPECT_EQ(called("GatherElements", {input({5, 4}), input({2, 3}, ElementType::int64)}).shape(),
            (Shape{2, 3}));
  EXPECT_FALSE(called("GatherElements", {input({5, 4}), input({2}, ElementType::int64)}).outputs);
}

TEST(GatherND, FollowsTheExamplesOfTheSpecification) {
  // onnx/docs/Operators.md, GatherND, examples 1 to 5.
  const auto shape = [](Shape data, Shape indices, std::int64_t batch) {
    return called("GatherND", {input(std::move(data)), input(std::move(indices), ElementType::int64)},
                  {{"batch_dims", batch}})
        .shape();
  };
  EXPECT_EQ(shape({2, 2}, {2, 2}, 0), Shape{2});
  EXPECT_EQ(shape({2, 2}, {2, 1}, 0), (Shape{2, 2}));
  EXPECT_EQ(shape({2, 2, 2}, {2, 2}, 0), (Shape{2, 2}));
  EXPECT_EQ(shape({2, 2, 2}, {2, 1, 2}, 0), (Shape{2, 1, 2}));
  EXPECT_EQ(shape({2, 2, 2}, {2, 1}, 1), (Shape{2, 2}));
  EXPECT_FALSE(called("GatherND", {input({2, 2}), input({2, 3}, ElementType::int64)}).outputs);
}

}  // namespace
}  // namespace forecost::layer
