// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/network/onnx_bytes.h"

namespace forecost::network::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A folder of its own for each test, removed afterwards.
class ReaderFile : public ::testing::Test {
 protected:
  ReaderFile() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) /
              (std::string("forecost-") + test->name() + "-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  ~ReaderFile() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path folder_;
};

TEST_F(ReaderFile, SaysWhyAFileCannotBeOpened) {
  const auto missing = read(folder_ / "none.onnx");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::not_found);
  EXPECT_THAT(missing.error().where, HasSubstr("none.onnx"));
  const auto folder = read(folder_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().fault, Fault::bad_input);
  EXPECT_THAT(folder.error().hint, HasSubstr("not a folder"));
}

TEST_F(ReaderFile, AnEmptyFileIsRefused) {
  std::ofstream(folder_ / "empty.onnx").close();
  const auto empty = read(folder_ / "empty.onnx");
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().what, HasSubstr("empty"));
}

TEST_F(ReaderFile, AFileWithoutTheRightToReadSaysSo) {
  if (::geteuid() == 0) GTEST_SKIP() << "skipped: a user that is not root";
  std::ofstream(folder_ / "secret.onnx") << "x";
  fs::permissions(folder_ / "secret.onnx", fs::perms::none);
  const auto secret = read(folder_ / "secret.onnx");
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().fault, Fault::permission);
}

std::int64_t resident_kib() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / 1024;
}

TEST_F(ReaderFile, ThreeGigabytesOfWeightsStayOnDisk) {
  // One tensor of 3 GiB: its bytes are a hole in the file, with the graph's other fields behind it.
  const std::int64_t payload = std::int64_t{3} << 30;
  const Bytes start = tensor("w", 2, {payload});
  const std::string tag = Bytes::varint(9 << 3 | 2) + Bytes::varint(static_cast<std::uint64_t>(payload));
  const std::uint64_t tensor_size = start.text.size() + tag.size() + static_cast<std::uint64_t>(payload);
  const std::string initializer = Bytes::varint(5 << 3 | 2) + Bytes::varint(tensor_size) + start.text + tag;
  const std::string rest = relu_graph().text;
  const std::uint64_t graph_size = initializer.size() + static_cast<std::uint64_t>(payload) + rest.size();
  const std::string head =
      Bytes().number(1, 8).text + Bytes::varint(7 << 3 | 2) + Bytes::varint(graph_size) + initializer;

  const fs::path file = folder_ / "huge.onnx";
  std::ofstream(file, std::ios::binary) << head;
  std::error_code refused_size;
  fs::resize_file(file, head.size() + static_cast<std::uint64_t>(payload), refused_size);
  if (refused_size) GTEST_SKIP() << "skipped: a file system with sparse files over 2 GiB";
  std::ofstream(file, std::ios::binary | std::ios::app) << rest;

  const std::int64_t before = resident_kib();
  const auto network = read(file);
  ASSERT_TRUE(network) << to_string(network.error());
  EXPECT_EQ(network->graph.initializers.at(0).stored, forecost::Bytes(payload));
  EXPECT_EQ(network->graph.nodes.size(), 1U);
  EXPECT_LT(resident_kib() - before, 16 * 1024) << "the payload must not be read";
}

struct Light {
  std::string name;
  std::size_t nodes;
  std::size_t initializers;
};

TEST_F(ReaderFile, CountsOfTheLightModelsAreThoseOfOnnx) {
  // Counted with Python's onnx 1.23.
  const std::vector<Light> lights{
      {"bvlc_alexnet", 40, 17},   {"densenet121", 1746, 848}, {"inception_v1", 237, 118},
      {"inception_v2", 916, 486}, {"resnet50", 415, 269},     {"shufflenet", 446, 281},
      {"squeezenet", 105, 52},    {"vgg19", 82, 39},          {"zfnet512", 38, 18}};
  const fs::path data = fs::path(FORECOST_SOURCE_DIR) / "../shared/data/onnx_light";
  if (!fs::exists(data)) GTEST_SKIP() << "skipped: ../shared/data/onnx_light";
  for (const Light& light : lights) {
    const auto network = read(data / ("light_" + light.name + ".onnx"));
    ASSERT_TRUE(network) << to_string(network.error());
    EXPECT_EQ(network->graph.nodes.size(), light.nodes) << light.name;
    EXPECT_EQ(network->graph.initializers.size(), light.initializers) << light.name;
    EXPECT_EQ(network->graph.inputs.size(), 1U) << light.name;
    EXPECT_EQ(network->graph.outputs.size(), 1U) << light.name;
    EXPECT_EQ(network->opset(""), 9) << light.name;
    EXPECT_EQ(network->ir_version, 3) << light.name;
  }
}

}  // namespace
}  // namespace forecost::network::test
