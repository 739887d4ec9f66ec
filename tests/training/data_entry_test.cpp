// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/data_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/network/builder.h"

namespace forecost::training {
namespace {

using ::testing::HasSubstr;

network::Network network_of(network::Shape input, std::int64_t classes) {
  network::Builder b("n");
  network::Value x = b.input("input", std::move(input));
  if (x.shape.size() != 2) x = b.flatten(x);
  b.output(b.linear(x, classes), "output");
  return b.finish();
}

TEST(Request, ReadsSizeAndClassesFromTheNetwork) {
  const auto request = request_for(network_of({1, 3, 24, 20}, 12));
  ASSERT_TRUE(request.has_value()) << to_string(request.error());
  EXPECT_EQ(request->channels, 3);
  EXPECT_EQ(request->height, 24);
  EXPECT_EQ(request->width, 20);
  EXPECT_EQ(request->classes, 12);
}

TEST(Request, FlatInputsAreSquareImages) {
  EXPECT_EQ(request_for(network_of({1, 784}, 10))->height, 28);
  EXPECT_EQ(request_for(network_of({1, 784}, 10))->channels, 1);
  EXPECT_EQ(request_for(network_of({1, 3072}, 10))->height, 32);
  EXPECT_EQ(request_for(network_of({1, 3072}, 10))->channels, 3);
  EXPECT_THAT(request_for(network_of({1, 785}, 10)).error().what, HasSubstr("785 input features"));
}

TEST(Request, OtherNetworksAreRefused) {
  EXPECT_THAT(request_for(network_of({1, 10, 8}, 10)).error().what, HasSubstr("3 extents"));
  network::Builder two("two");
  const network::Value a = two.input("a", {1, 3, 8, 8});
  two.output(two.add(a, two.input("b", {1, 3, 8, 8})), "output");
  EXPECT_THAT(request_for(two.finish()).error().what, HasSubstr("2 inputs and 1 outputs"));
  network::Builder image("image");
  image.output(image.relu(image.input("a", {1, 3, 8, 8})), "output");
  EXPECT_THAT(request_for(image.finish()).error().what, HasSubstr("output has 4 extents"));
}

}  // namespace
}  // namespace forecost::training
