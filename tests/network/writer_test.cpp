// SPDX-License-Identifier: Apache-2.0
#include "forecost/network/writer.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/network/onnx_bytes.h"

namespace forecost::network::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

Tensor filled(std::string name, ElementType element, Shape dims, Fill fill) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.element = element;
  tensor.dims = std::move(dims);
  tensor.fill = fill;
  return tensor;
}

Network holding(Tensor tensor) {
  Network network;
  network.source = "test";
  network.opsets[""] = 17;
  network.graph.outputs.push_back({tensor.name, tensor.element, {}});
  network.graph.initializers.push_back(std::move(tensor));
  return network;
}

Tensor after_writing(const Network& network) {
  const auto bytes = serialise(network);
  EXPECT_TRUE(bytes) << to_string(bytes.error());
  const auto again = parse(*bytes);
  EXPECT_TRUE(again) << to_string(again.error());
  return again->graph.initializers.at(0);
}

TEST(Writer, ANormalFillHasItsDeviation) {
  const auto tensor = filled("w", ElementType::float32, {1000, 100}, {Fill::Kind::normal, 0.5, 7});
  const auto bytes = serialise(holding(tensor));
  ASSERT_TRUE(bytes);
  const std::size_t start = bytes->find(std::string("\x4A\x80\xB5\x18", 4)) + 4;  // raw_data of 400,000 bytes
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    float value = 0;
    std::memcpy(&value, bytes->data() + start + 4 * i, sizeof value);
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  // The standard errors of mean and deviation of 100,000 draws are 0.0016 and 0.0011: five of them.
  EXPECT_NEAR(sum / 1e5, 0, 0.008);
  EXPECT_NEAR(std::sqrt(squares / 1e5), 0.5, 0.006);
}

TEST(Writer, TheSameSeedGivesTheSameBytes) {
  const auto with_seed = [](std::uint64_t seed) {
    return *serialise(holding(filled("w", ElementType::float32, {300, 300}, {Fill::Kind::normal, 1, seed})));
  };
  EXPECT_EQ(with_seed(1), with_seed(1));
  EXPECT_NE(with_seed(1), with_seed(2));
}

TEST(Writer, IntegersRoundAndSaturate) {
  const auto integers = [](ElementType type, double value) {
    const Tensor found = after_writing(holding(filled("w", type, {3}, {Fill::Kind::constant, value, 0})));
    return std::get<std::vector<std::int64_t>>(*found.values).at(2);
  };
  EXPECT_EQ(integers(ElementType::int8, 2.6), 3);
  EXPECT_EQ(integers(ElementType::int8, 1000), 127);
  EXPECT_EQ(integers(ElementType::int8, -1000), -128);
  EXPECT_EQ(integers(ElementType::uint8, -5), 0);
  EXPECT_EQ(integers(ElementType::int4, 9), 7);
  EXPECT_EQ(integers(ElementType::int64, 1e30), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(integers(ElementType::boolean, 5), 1);
}

TEST(Writer, AFillOfEachTypeCanBeReadBack) {
  for (int number = 1; number <= 28; ++number) {
    const auto type = static_cast<ElementType>(number);
    if (type == ElementType::string) continue;
    const Tensor found = after_writing(holding(filled("w", type, {5, 7}, {Fill::Kind::normal, 2, 3})));
    EXPECT_EQ(found.element, type);
    EXPECT_EQ(found.stored, *bytes_of(type, {5, 7})) << name_of(type);
  }
}

TEST(Writer, ATensorWithoutContentsIsRefusedUnlessHollow) {
  const Network network = holding(filled("w", ElementType::float32, {2}, {}));
  const auto full = serialise(network);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().fault, Fault::bad_input);
  EXPECT_THAT(full.error().where, HasSubstr("'w'"));
  EXPECT_THAT(full.error().hint, HasSubstr("hollow"));
  EXPECT_TRUE(serialise(network, Payload::hollow));
}

TEST(Writer, ValuesMatchTheExtents) {
  Tensor tensor = filled("w", ElementType::int64, {3}, {});
  tensor.values = std::vector<std::int64_t>{1, 2};
  const auto written = serialise(holding(tensor));
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, HasSubstr("another number of values"));
}

TEST(Writer, HollowModelsAreSmall) {
  const Network network =
      holding(filled("w", ElementType::float32, {4096, 25088}, {Fill::Kind::normal, 0.01, 1}));
  const auto hollow = serialise(network, Payload::hollow);
  ASSERT_TRUE(hollow);
  EXPECT_LT(hollow->size(), 200U);
  EXPECT_EQ(parse(*hollow)->graph.initializers.at(0).dims, (Shape{4096, 25088}));
}

TEST(Writer, MoreThanFourGibibytesAreUnsupported) {
  const Network network =
      holding(filled("w", ElementType::float32, {1 << 20, 1024}, {Fill::Kind::normal, 1, 1}));
  const auto full = serialise(network);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().fault, Fault::unsupported);
  EXPECT_THAT(full.error().hint, HasSubstr("hollow"));
}

class WriterFile : public ::testing::Test {
 protected:
  WriterFile() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("forecost-") + test->name() + "-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  ~WriterFile() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
  Network network_ = holding(filled("w", ElementType::float32, {1000, 1000}, {Fill::Kind::normal, 1, 1}));
};

TEST_F(WriterFile, AFileHoldsWhatMemoryHolds) {
  ASSERT_TRUE(write(network_, folder_ / "w.onnx"));
  std::ifstream file(folder_ / "w.onnx", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(bytes == *serialise(network_));
  EXPECT_EQ(entries(), 1U) << "no temporary file is left";
}

TEST_F(WriterFile, SaysWhyAFileCannotBeWritten) {
  const auto missing = write(network_, folder_ / "no" / "w.onnx");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::not_found);
  EXPECT_THAT(missing.error().hint, HasSubstr("mkdir"));
  const auto folder = write(network_, folder_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().fault, Fault::bad_input);
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(write(network_, folder_ / "pipe")) << "only files are replaced";
}

TEST_F(WriterFile, AFullDiskLeavesTheOldFileAndNothingElse) {
  std::ofstream(folder_ / "w.onnx") << "old";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1 << 20;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto status = write(network_, folder_ / "w.onnx");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().fault, Fault::exhausted);
  EXPECT_EQ(fs::file_size(folder_ / "w.onnx"), 3U);
  EXPECT_EQ(entries(), 1U);
}

}  // namespace
}  // namespace forecost::network::test
