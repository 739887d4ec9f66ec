// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(ResNet, Resnet18HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("resnet18"), 11'689'512);
  EXPECT_EQ(learned_parameters(build_zoo("resnet18")), 11'689'512);
}

TEST(ResNet, Resnet18HasTheLayersOfItsPlan) {
  const Network network = build_zoo("resnet18");
  EXPECT_EQ(count(network, "Conv"), 20);  // 17 and three projections
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(ResNet, Resnet34HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("resnet34"), 21'797'672);
  EXPECT_EQ(learned_parameters(build_zoo("resnet34")), 21'797'672);
}

TEST(ResNet, Resnet34HasTheLayersOfItsPlan) {
  const Network network = build_zoo("resnet34");
  EXPECT_EQ(count(network, "Conv"), 36);  // 33 and three projections
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(ResNet, Resnet50HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("resnet50"), 25'557'032);
  EXPECT_EQ(learned_parameters(build_zoo("resnet50")), 25'557'032);
}

TEST(ResNet, Resnet50HasTheLayersOfItsPlan) {
  const Network network = build_zoo("resnet50");
  EXPECT_EQ(count(network, "Conv"), 53);  // 49 and four projections
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(ResNet, Resnet101HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("resnet101"), 44'549'160);
  EXPECT_EQ(learned_parameters(build_zoo("resnet101")), 44'549'160);
}

TEST(ResNet, Resnet101HasTheLayersOfItsPlan) {
  const Network network = build_zoo("resnet101");
  EXPECT_EQ(count(network, "Conv"), 104);  // 100 and four projections
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(ResNet, Resnext5032x4dHasThePublishedParameters) {
  EXPECT_EQ(published_parameters("resnext50_32x4d"), 25'028'904);
  EXPECT_EQ(learned_parameters(build_zoo("resnext50_32x4d")), 25'028'904);
}

TEST(ResNet, Resnext5032x4dHasTheLayersOfItsPlan) {
  const Network network = build_zoo("resnext50_32x4d");
  EXPECT_EQ(count(network, "Conv"), 53);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(ResNet, WideResnet502HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("wide_resnet50_2"), 68'883'240);
  EXPECT_EQ(learned_parameters(build_zoo("wide_resnet50_2")), 68'883'240);
}

TEST(ResNet, WideResnet502HasTheLayersOfItsPlan) {
  const Network network = build_zoo("wide_resnet50_2");
  EXPECT_EQ(count(network, "Conv"), 53);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
