// SPDX-License-Identifier: Apache-2.0
// What every data set promises; generated ones are loaded, the others are asked without files.
#include <set>

#include <gtest/gtest.h>

#include "forecost/training/data_entry.h"
#include "tests/training/small_files.h"

namespace forecost::training {
namespace {

class Data : public ::testing::TestWithParam<DataEntry> {};

DataRequest small_request() {
  return {.train = 50, .held_out = 30};
}

TEST_P(Data, HasASummary) {
  EXPECT_FALSE(GetParam().summary.empty());
}

TEST_P(Data, RefusesNonsenseWithAHint) {
  const Status status = GetParam().check({.channels = 5, .height = 3, .width = 0, .classes = 1000});
  ASSERT_FALSE(status.has_value());
  EXPECT_FALSE(status.error().hint.empty());
}

TEST_P(Data, AsksForItsFilesOrNeedsNone) {
  const tests::SmallFiles empty;
  for (const std::int64_t channels : {1, 3}) {
    DataRequest request = small_request();
    request.folder = empty.path();
    request.channels = channels;
    request.height = request.width = channels == 1 ? 28 : 32;
    const Status status = GetParam().check(request);
    if (status) {
      EXPECT_TRUE(GetParam().generated);
      continue;
    }
    EXPECT_FALSE(GetParam().generated);
    EXPECT_FALSE(GetParam().load(request).has_value());
  }
}

class GeneratedData : public Data {};

TEST_P(GeneratedData, IsPureInTheRequest) {
  const auto first = GetParam().load(small_request());
  const auto again = GetParam().load(small_request());
  DataRequest other = small_request();
  other.seed = 2;
  const auto different = GetParam().load(other);
  ASSERT_TRUE(first.has_value() && again.has_value() && different.has_value());
  EXPECT_EQ(first->train.pixels, again->train.pixels);
  EXPECT_EQ(first->held_out.labels, again->held_out.labels);
  EXPECT_NE(first->train.pixels, different->train.pixels);
}

TEST_P(GeneratedData, HasEachImageInOneHalfOnly) {
  const auto data = GetParam().load(small_request());
  ASSERT_TRUE(data.has_value());
  std::set<std::vector<std::uint8_t>> learned;
  for (std::int64_t i = 0; i < data->train.count(); ++i) {
    const auto image = data->train.image(i);
    learned.emplace(image.begin(), image.end());
  }
  EXPECT_EQ(std::ssize(learned), data->train.count());
  for (std::int64_t i = 0; i < data->held_out.count(); ++i) {
    const auto image = data->held_out.image(i);
    EXPECT_FALSE(learned.contains({image.begin(), image.end()})) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Data, ::testing::ValuesIn(data_list()),
                         [](const auto& entry) { return std::string(entry.param.name); });

std::vector<DataEntry> generated() {
  std::vector<DataEntry> entries;
  for (const DataEntry& entry : data_list()) {
    if (entry.generated) entries.push_back(entry);
  }
  return entries;
}

INSTANTIATE_TEST_SUITE_P(All, GeneratedData, ::testing::ValuesIn(generated()),
                         [](const auto& entry) { return std::string(entry.param.name); });

}  // namespace
}  // namespace forecost::training
