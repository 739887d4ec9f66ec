// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Unary, ReluReadsAndWritesEveryElementOnce) {
  const auto made = called("Relu", {input({2, 3, 5})});
  EXPECT_EQ(made.shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(made.cost.read.value, 120);
  EXPECT_EQ(made.cost.written.value, 120);
  EXPECT_EQ(made.cost.operations.value, 30);
}

TEST(Unary, TranscendentalFunctionsCountFour) {
  for (const char* op : {"Sigmoid", "Tanh", "Erf", "Exp", "Gelu", "Softplus"}) {
    EXPECT_EQ(called(op, {input({10})}).cost.operations.value, 40) << op;
  }
}

TEST(Unary, KnownContentsArePropagated) {
  EXPECT_EQ(called("Neg", {integers({1, -2})}).integers(), (Ints{-1, 2}));
  EXPECT_EQ(called("Floor", {reals({1.7, -1.2})}).reals(), (Reals{1, -2}));
  EXPECT_EQ(called("Sqrt", {reals({64})}).reals(), (Reals{8}));
  EXPECT_EQ(called("Round", {reals({0.5, 1.5, 2.5})}).reals(), (Reals{0, 2, 2}));
}

TEST(Unary, WithoutInputIsRefused) {
  const auto made = called("Relu", {});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("input 0"), std::string::npos);
}

}  // namespace
}  // namespace forecost::layer
