// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/families_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace forecost::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

predictor::Entrant entrant(const std::string& family) {
  predictor::Entrant result{
      .family = family, .validation = predictor::Validation{}, .fit_time = Seconds(0.5)};
  result.validation->kernels.count = 10;
  result.validation->kernels.rmspe = 0.25;
  result.validation->kernels.coverage = 0.9;
  result.bytes = 1234;
  return result;
}

TEST(FamiliesReport, HasARowPerFamilyWithEveryMetric) {
  const json report =
      json::parse(render(families_report("t4", {entrant("flops")}, 5), {.format = Format::json}));
  EXPECT_EQ(report.at("format"), "forecost.families");
  ASSERT_EQ(report.at("families").size(), 1U);
  const json& row = report.at("families").at(0);
  EXPECT_EQ(row.at("of"), "kernels");
  EXPECT_EQ(row.at("rmspe"), 0.25);
  EXPECT_EQ(row.at("size_bytes"), 1234);
  EXPECT_EQ(row.at("fit_ms"), 500);
}

TEST(FamiliesReport, PowerHasARowWithoutCoverage) {
  predictor::Entrant with_power = entrant("neuralpower");
  with_power.validation->power.count = 10;
  const json report = json::parse(render(families_report("t4", {with_power}, 5), {.format = Format::json}));
  ASSERT_EQ(report.at("families").size(), 2U);
  EXPECT_EQ(report.at("families").at(1).at("of"), "power");
  EXPECT_TRUE(report.at("families").at(1).at("coverage").is_null());
}

TEST(FamiliesReport, AFamilyThatCouldNotBeFittedIsAWarning) {
  predictor::Entrant failed{.family = "flops", .fit_time = {}};
  failed.failed = Error{Fault::bad_input, "too few rows", "", "measure more"};
  const Report report = families_report("t4", {failed}, 5);
  EXPECT_TRUE(report.tables.front().rows.empty());
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_THAT(report.warnings[0].what, HasSubstr("too few rows"));
}

TEST(FamiliesReport, FourFormatsShowTheSameFamily) {
  for (const Format format : {Format::table, Format::json, Format::csv, Format::markdown}) {
    EXPECT_THAT(render(families_report("t4", {entrant("flops")}, 5), {.format = format}), HasSubstr("flops"));
  }
}

}  // namespace
}  // namespace forecost::report
