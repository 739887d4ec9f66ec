// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/result_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search/spaces.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Space space() {
  return Space::make({tests::categorical("kind", {R"("a")", R"("b,c")"}), tests::integer("n", 1, 9),
                      tests::only(tests::ordinal("k", {"1", "3"}), 0, {1})})
      .value();
}

Result<ResultTable> table_of(const std::string& text) {
  const tests::Temporary place;
  return ResultTable::read(place.write("t.csv", text), space());
}

TEST(ResultTable, FindsTheMetricsOfADesign) {
  const ResultTable table =
      table_of("n,kind,k,error,note,latency\n1,a,,0.5,x,2\r\n2,\"b,c\",3,0.25,\"say \"\"hi\"\"\",\n").value();
  EXPECT_EQ(table.size(), 2U);
  EXPECT_THAT(table.metrics(), ElementsAre("error", "latency"));
  const double off = std::nan("");
  ASSERT_NE(table.find({{0, 1, off}}), nullptr);
  EXPECT_EQ(*table.find({{0, 1, off}}), (Metrics{{"error", 0.5}, {"latency", 2}}));
  EXPECT_EQ(*table.find({{1, 2, 1}}), (Metrics{{"error", 0.25}}));
  EXPECT_EQ(table.find({{1, 2, 0}}), nullptr);
}

TEST(ResultTable, RowsOfOneDesignBecomeTheirMean) {
  const ResultTable table = table_of("n,kind,k,error\n1,a,,0.5\n1,a,,0.25\n1,a,,\n").value();
  EXPECT_EQ(table.find({{0, 1, std::nan("")}})->at("error"), 0.375);
}

TEST(ResultTable, ErrorsNameTheLine) {
  EXPECT_THAT(table_of("n,kind,error\n").error().what, HasSubstr("no column 'k'"));
  EXPECT_THAT(table_of("n,kind,k,error\n1,a,,1\n1,a,1\n").error().where, HasSubstr("t.csv:3"));
  EXPECT_THAT(table_of("n,kind,k,error\n1,d,,1\n").error().what, HasSubstr("'d'"));
  EXPECT_THAT(table_of("n,kind,k,error\n77,a,,1\n").error().where, HasSubstr("t.csv:2"));
  EXPECT_THAT(table_of("n,kind,k,error\n").error().what, HasSubstr("no rows"));
  EXPECT_EQ(ResultTable::read("no/such.csv", space()).error().fault, Fault::not_found);
}

TEST(ResultTable, ADesignThatIsNotInItIsAFailedTrial) {
  const auto table = std::make_shared<const ResultTable>(table_of("n,kind,k,error\n1,a,,0.5\n").value());
  const Evaluator evaluator = table_evaluator(table);
  EXPECT_EQ(evaluator({.design = {{0, 1, std::nan("")}}}, {}).state, TrialState::complete);
  EXPECT_THAT(evaluator({.design = {{0, 2, std::nan("")}}}, {}).failure, HasSubstr("no such design"));
}

}  // namespace
}  // namespace forecost::search
