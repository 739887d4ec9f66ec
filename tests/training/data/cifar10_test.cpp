// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/training/data_entry.h"
#include "tests/training/small_files.h"

namespace forecost::training {
namespace {

using ::testing::HasSubstr;
using tests::cifar_records;

class Cifar10 : public ::testing::Test {
 protected:
  Cifar10() {
    for (int i = 1; i <= 5; ++i) files_.write("data_batch_" + std::to_string(i) + ".bin", cifar_records(4));
    files_.write("test_batch.bin", cifar_records(3));
  }
  Result<ImageData> load() const {
    return find_data("cifar10")->load(
        {.folder = files_.path(), .channels = 3, .height = 32, .width = 32, .classes = 10});
  }
  Error refusal() const {
    const auto data = load();
    return data ? Error{Fault::failed, "nothing is wrong", "", ""} : data.error();
  }

  tests::SmallFiles files_;
};

TEST_F(Cifar10, FiveFilesBecomeOneSetOfColouredImages) {
  const auto data = load();
  ASSERT_TRUE(data.has_value()) << to_string(data.error());
  EXPECT_EQ(data->train.count(), 20);
  EXPECT_EQ(data->held_out.count(), 3);
  for (std::int64_t i = 0; i < 20; ++i) {
    const auto image = data->train.image(i);
    EXPECT_EQ(image[0], data->train.labels[static_cast<std::size_t>(i)]);
    EXPECT_EQ(image[1024], 100);
    EXPECT_EQ(image[2048], 200);
  }
}

TEST_F(Cifar10, TheFolderOfTheArchiveIsFound) {
  std::filesystem::create_directory(files_.path() / "cifar-10-batches-bin");
  std::filesystem::rename(files_.path() / "test_batch.bin",
                          files_.path() / "cifar-10-batches-bin" / "test_batch.bin");
  EXPECT_TRUE(load().has_value());
}

TEST_F(Cifar10, ACutFileIsRefused) {
  files_.write("data_batch_3.bin", cifar_records(4).substr(0, 9000));
  const Error error = refusal();
  EXPECT_THAT(error.what, HasSubstr("9000 bytes are no whole number of records of 3073"));
  EXPECT_THAT(error.where, HasSubstr("data_batch_3.bin"));
  files_.write("data_batch_3.bin", "");
  EXPECT_THAT(refusal().what, HasSubstr("0 bytes"));
}

TEST_F(Cifar10, ALabelAboveNineIsRefusedWithItsRecord) {
  std::string records = cifar_records(4);
  records[2 * 3073] = 77;
  files_.write("data_batch_5.bin", records);
  EXPECT_THAT(refusal().what, HasSubstr("record 2 has label 77"));
}

TEST_F(Cifar10, AMissingFileIsNamed) {
  std::filesystem::remove(files_.path() / "data_batch_2.bin");
  EXPECT_THAT(refusal().what, HasSubstr("data_batch_2.bin"));
  EXPECT_EQ(refusal().fault, Fault::not_found);
}

TEST_F(Cifar10, AFolderInPlaceOfAFileIsRefused) {
  std::filesystem::remove(files_.path() / "test_batch.bin");
  std::filesystem::create_directory(files_.path() / "test_batch.bin");
  EXPECT_THAT(refusal().what, HasSubstr("a folder"));
}

}  // namespace
}  // namespace forecost::training
