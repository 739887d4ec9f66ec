// SPDX-License-Identifier: Apache-2.0
// Small tensors that lie in a file beside the model: read where it is there, left out where it is not.
#include <cstdint>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "forecost/network/reader.h"

namespace forecost::network {
namespace {

void append(std::string& message, int field, const std::string& bytes) {
  message += static_cast<char>(field << 3 | 2);
  message += static_cast<char>(bytes.size());
  message += bytes;
}
void append(std::string& message, int field, int number) {
  message += static_cast<char>(field << 3);
  message += static_cast<char>(number);
}
std::string entry(const std::string& key, const std::string& value) {
  std::string message;
  append(message, 1, key);
  append(message, 2, value);
  return message;
}

/// A model with one int64 initializer [2] at byte 8 of "small.bin", which Identity passes on.
std::string model() {
  std::string tensor, node, output, graph, opset, all;
  append(tensor, 1, 2);
  append(tensor, 2, 7);
  append(tensor, 8, "t");
  append(tensor, 13, entry("location", "small.bin"));
  append(tensor, 13, entry("offset", "8"));
  append(tensor, 14, 1);
  append(node, 1, "t");
  append(node, 2, "y");
  append(node, 4, "Identity");
  append(output, 1, "y");
  append(graph, 1, node);
  append(graph, 2, "g");
  append(graph, 5, tensor);
  append(graph, 12, output);
  append(opset, 2, 17);
  append(all, 1, 8);
  append(all, 7, graph);
  append(all, 8, opset);
  return all;
}

class ExternalValues : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
    write("model.onnx", model());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const char* name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  std::optional<Values> read_values() const {
    const auto network = read(folder_ / "model.onnx");
    EXPECT_TRUE(network) << to_string(network.error());
    return network ? network->graph.initializers.at(0).values : std::nullopt;
  }

  std::filesystem::path folder_;
};

TEST_F(ExternalValues, OfASmallTensorAreRead) {
  std::string bytes(24, '\0');
  bytes[8] = 5;
  bytes[16] = 7;
  write("small.bin", bytes);
  EXPECT_EQ(read_values(), Values(std::vector<std::int64_t>{5, 7}));
}

TEST_F(ExternalValues, AreUnknownWhereTheFileIsNotThere) {
  EXPECT_EQ(read_values(), std::nullopt);
}

TEST_F(ExternalValues, AreUnknownWhereTheFileIsTooShort) {
  write("small.bin", std::string(23, '\0'));
  EXPECT_EQ(read_values(), std::nullopt);
}

}  // namespace
}  // namespace forecost::network
