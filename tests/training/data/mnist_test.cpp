// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/training/data_entry.h"
#include "tests/training/small_files.h"

namespace forecost::training {
namespace {

using ::testing::HasSubstr;
using tests::big_endian;
using tests::idx_images;
using tests::idx_labels;

class Mnist : public ::testing::Test {
 protected:
  void write_all() {
    files_.write("train-images-idx3-ubyte", idx_images(20));
    files_.write("train-labels-idx1-ubyte", idx_labels(20));
    files_.write("t10k-images-idx3-ubyte", idx_images(6));
    files_.write("t10k-labels-idx1-ubyte", idx_labels(6));
  }
  Result<ImageData> load(std::int64_t train = 0) const {
    return find_data("mnist")->load({.folder = files_.path(), .train = train});
  }
  Error refusal() const {
    const auto data = load();
    return data ? Error{Fault::failed, "nothing is wrong", "", ""} : data.error();
  }

  tests::SmallFiles files_;
};

TEST_F(Mnist, EachImageKeepsItsLabel) {
  write_all();
  const auto data = load();
  ASSERT_TRUE(data.has_value()) << to_string(data.error());
  EXPECT_EQ(data->train.count(), 20);
  EXPECT_EQ(data->held_out.count(), 6);
  EXPECT_EQ(data->classes, 10);
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(data->train.image(i).front() % 10, data->train.labels[static_cast<std::size_t>(i)]);
    EXPECT_EQ(data->train.image(i).front(), data->train.image(i).back());
  }
}

TEST_F(Mnist, FewerImagesAreDrawnWithoutRepetition) {
  write_all();
  const auto data = load(7);
  ASSERT_TRUE(data.has_value()) << to_string(data.error());
  ASSERT_EQ(data->train.count(), 7);
  std::vector<int> seen;
  for (std::int64_t i = 0; i < 7; ++i) seen.push_back(data->train.image(i).front());
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST_F(Mnist, PackedFilesAndDottedNamesAreRead) {
  files_.write_packed("train-images-idx3-ubyte.gz", idx_images(20));
  files_.write_packed("train-labels.idx1-ubyte.gz", idx_labels(20));
  files_.write("t10k-images.idx3-ubyte", idx_images(6));
  files_.write("t10k-labels-idx1-ubyte", idx_labels(6));
  const auto data = load();
  ASSERT_TRUE(data.has_value()) << to_string(data.error());
  EXPECT_EQ(data->train.count(), 20);
}

TEST_F(Mnist, AMissingFileIsNamedAndGlyphsAreOffered) {
  write_all();
  std::filesystem::remove(files_.path() / "t10k-labels-idx1-ubyte");
  const Error error = refusal();
  EXPECT_EQ(error.fault, Fault::not_found);
  EXPECT_THAT(error.what, HasSubstr("t10k-labels-idx1-ubyte"));
  EXPECT_THAT(error.hint, HasSubstr("glyphs"));
}

TEST_F(Mnist, ACutFileIsRefusedWithItsSizes) {
  write_all();
  files_.write("train-images-idx3-ubyte", idx_images(20).substr(0, 5000));
  EXPECT_THAT(refusal().what, HasSubstr("cut off: 4984 of 15680 bytes"));
  files_.write("train-images-idx3-ubyte", "\0\0\x08");
  EXPECT_THAT(refusal().what, HasSubstr("an IDX head of"));
}

TEST_F(Mnist, ACutOrDamagedPackingIsRefused) {
  write_all();
  const std::filesystem::path plain = files_.path() / "train-images-idx3-ubyte";
  std::filesystem::remove(plain);
  const auto packed = files_.write_packed("train-images-idx3-ubyte.gz", idx_images(20));
  std::filesystem::resize_file(packed, std::filesystem::file_size(packed) - 12);
  EXPECT_THAT(refusal().what, HasSubstr("damaged or cut off"));
}

TEST_F(Mnist, OtherFilesAreRefusedByTheirFirstBytes) {
  write_all();
  files_.write("train-images-idx3-ubyte", idx_labels(20));
  EXPECT_THAT(refusal().what, HasSubstr("begins with 00000801, not 00000803"));
  files_.write("train-images-idx3-ubyte", "<html>Not found</html>");
  EXPECT_THAT(refusal().what, HasSubstr("begins with 3c68746d"));
}

TEST_F(Mnist, SizesThatCannotBeAreRefusedBeforeMemoryIsAskedFor) {
  write_all();
  files_.write("train-images-idx3-ubyte",
               big_endian(0x803) + big_endian(0xffffffff) + big_endian(28) + big_endian(28));
  EXPECT_THAT(refusal().what, HasSubstr("4294967295 images"));
  files_.write("train-images-idx3-ubyte",
               big_endian(0x803) + big_endian(2) + big_endian(27) + big_endian(28) + std::string(2000, 'x'));
  EXPECT_THAT(refusal().what, HasSubstr("an extent of 27, not 28"));
  files_.write("train-images-idx3-ubyte", idx_images(20) + "x");
  EXPECT_THAT(refusal().what, HasSubstr("more than the 15680 bytes"));
}

TEST_F(Mnist, LabelsThatDoNotFitAreRefused) {
  write_all();
  files_.write("train-labels-idx1-ubyte", idx_labels(19));
  EXPECT_THAT(refusal().what, HasSubstr("20 images, but 19 labels"));
  std::string labels = idx_labels(20);
  labels.back() = 10;
  files_.write("train-labels-idx1-ubyte", labels);
  EXPECT_THAT(refusal().what, HasSubstr("label 19 is 10"));
}

TEST_F(Mnist, ANetworkForOtherImagesIsRefusedWithTheSizeItNeeds) {
  write_all();
  const auto status = find_data("mnist")->check({.folder = files_.path(), .channels = 3, .height = 32});
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().hint, HasSubstr("[1, 28, 28]"));
}

}  // namespace
}  // namespace forecost::training
