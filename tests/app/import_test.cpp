// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* map = R"(name = "products"
[devices.board]
peak_gflops = { float32 = 100 }
memory = [{ bandwidth_gb_s = 20 }]
[layer]
op = "MatMul"
inputs = [["m", "k"], ["k", "n"]]
weights = [1]
[time]
value = "t"
unit = "us"
[energy]
value = "t * 5"
unit = "uJ"
)";

/// Products that take 3 us and 1 ns per thousand multiply-accumulates.
std::string rows() {
  std::string csv = "m,n,k,kind,t\n";
  for (int i = 1; i <= 60; ++i) {
    const int m = 16 * (1 + i % 7);
    const int n = 8 * (1 + i % 5);
    const int k = 32 * i;
    csv += fmt::format("{},{},{},{},{}\n", m, n, k, i % 4, 3 + 1e-6 * m * n * k);
  }
  return csv;
}

class ImportedProducts : public ::testing::Test {
 protected:
  void SetUp() override {
    workplace_.write("map.toml", map);
    workplace_.write("rows.csv", rows());
    const Outcome outcome = workplace_.run({"import", "rows.csv", "--map", "map.toml", "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out).at("devices").at(0).at("rows"), 60);
  }
  Workplace workplace_;
};

TEST_F(ImportedProducts, AreFittedAndTheirDeviceCanBeUsed) {
  const Outcome fitted =
      workplace_.run({"fit", "--on", "board", "--family", "neuralpower", "--format", "json"});
  ASSERT_EQ(fitted.exit_code, 0) << fitted.err;
  const json report = json::parse(fitted.out);
  EXPECT_EQ(report.at("format"), "forecost.validation");
  EXPECT_FALSE(report.at("terms").empty());
  const json devices = json::parse(workplace_.run({"devices", "--format", "json"}).out).at("devices");
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices.at(0).at("name"), "board");
  EXPECT_TRUE(devices.at(0).at("network_mape").is_null());  // no network was imported
}

TEST_F(ImportedProducts, FamiliesAreComparedOnTheSameFoldsInEveryFormat) {
  for (const char* format : {"table", "json", "csv", "markdown"}) {
    const Outcome outcome = workplace_.run({"compare-families", "--family", "flops,paleo", "--group-by",
                                            "kind", "--folds", "4", "--format", format});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("paleo"));
  }
}

TEST_F(ImportedProducts, EnergyIsATargetToo) {
  const Outcome outcome =
      workplace_.run({"compare-families", "--target", "energy", "--family", "flops", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("target"), "energy");
}

TEST_F(ImportedProducts, AreNotCountedTwice) {
  const Outcome again = workplace_.run({"import", "rows.csv", "--map", "map.toml", "--format", "json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json::parse(again.out).at("known"), 60);
}

TEST_F(ImportedProducts, AnUnknownColumnToGroupByNamesThoseThereAre) {
  const Outcome outcome = workplace_.run({"fit", "--group-by", "kinds"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("'kind'"));
}

TEST(Import, AHostileFileIsRefusedWithItsLine) {
  const Workplace workplace;
  workplace.write("map.toml", map);
  workplace.write("rows.csv", "m,n,k,kind,t\n1,2,3,a,4\n1,2,\"3,a,4\n");
  const Outcome outcome = workplace.run({"import", "rows.csv", "--map", "map.toml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("rows.csv:3:5"));
}

TEST(Import, WithoutDataFitSaysHowToGetSome) {
  const Workplace workplace;
  const Outcome outcome = workplace.run({"fit", "--on", "nobody"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("forecost import"));
}

}  // namespace
}  // namespace forecost::app_tests
