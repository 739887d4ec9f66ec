// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/versioned_file.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace forecost::record {
namespace {

constexpr FileKind kind{.format = "forecost.test", .version = 2, .remake = "forecost test"};

class VersionedFile : public testing::Test {
 protected:
  VersionedFile() { std::filesystem::create_directories(folder_); }
  ~VersionedFile() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("forecost-versioned-" + std::to_string(::getpid()));
};

TEST_F(VersionedFile, KeepsEveryBitOfANumberAndMakesItsFolder) {
  const auto file = folder_ / "a" / "b.json";
  const double value = 0.1 + 0.2;
  ASSERT_TRUE(write_versioned(file, kind, {{"value", value}}).has_value());
  const auto content = read_versioned(file, kind);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->at("value").get<double>(), value);
  EXPECT_EQ(content->at("format"), "forecost.test");
  EXPECT_EQ(content->at("version"), 2);
}

TEST_F(VersionedFile, ReplacingLeavesNoOtherFileBehind) {
  const auto file = folder_ / "c.json";
  ASSERT_TRUE(write_versioned(file, kind, {{"value", 1}}).has_value());
  ASSERT_TRUE(write_versioned(file, kind, {{"value", 2}}).has_value());
  EXPECT_EQ(read_versioned(file, kind)->at("value"), 2);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(VersionedFile, AnotherVersionIsRefusedWithTheCommandThatMakesANewFile) {
  const auto file = folder_ / "d.json";
  std::ofstream(file) << R"({"format": "forecost.test", "version": 3})";
  const auto content = read_versioned(file, kind);
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().fault, Fault::unsupported);
  EXPECT_NE(content.error().hint.find("forecost test"), std::string::npos);
}

TEST_F(VersionedFile, OtherKindsAndBrokenTextAreBadInput) {
  const auto file = folder_ / "e.json";
  for (const char* text : {"", "{", "[1, 2]", "7", R"({"format": 5})", R"({"format": "other", "version": 2})",
                           R"({"format": "forecost.test"})"}) {
    std::ofstream(file) << text;
    const auto content = read_versioned(file, kind);
    ASSERT_FALSE(content.has_value()) << text;
    EXPECT_EQ(content.error().fault, Fault::bad_input) << text;
  }
}

TEST_F(VersionedFile, AMissingFileIsNotFound) {
  const auto content = read_versioned(folder_ / "none.json", kind);
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().fault, Fault::not_found);
  EXPECT_FALSE(content.error().hint.empty());
}

}  // namespace
}  // namespace forecost::record
