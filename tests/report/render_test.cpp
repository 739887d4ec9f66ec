// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "forecost/report/report.h"

namespace forecost::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Report sample() {
  Report report{.kind = "forecost.sample",
                .version = 3,
                .title = "some network",
                .facts = {},
                .tables = {},
                .warnings = {{"something is odd", "look at it"}},
                .csv_table = "rows"};
  report.facts = {{"latency_ms", "latency", Seconds(0.002), Audience::everyone, "2.00 ms (1.90 .. 2.10 ms)"},
                  {"memory.weights", "", Bytes(4096), Audience::machines},
                  {"memory.peak", "", Bytes(8192), Audience::machines},
                  {"seen", "only for eyes", std::string("hello"), Audience::people}};
  report.tables = {
      {.key = "rows",
       .title = "The rows",
       .columns = {{"name", "name"}, {"time_ms", "time"}, {"layers", "layers", Audience::everyone, 1}},
       .rows = {{std::string("a,\"b\""), Seconds(0.001), std::vector<std::string>{"x", "y"}},
                {std::string("second"), Seconds(0.0005), std::vector<std::string>{}}}}};
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(Json, FactsAreFieldsDotsAreObjectsTablesAreArrays) {
  const json object = json::parse(render(sample(), {.format = Format::json}));
  EXPECT_EQ(object.at("format"), "forecost.sample");
  EXPECT_EQ(object.at("version"), 3);
  EXPECT_EQ(object.at("latency_ms"), 2.0);
  EXPECT_EQ(object.at("memory"), json({{"weights", 4096}, {"peak", 8192}}));
  EXPECT_FALSE(object.contains("seen"));
  EXPECT_EQ(object.at("rows").at(0), json({{"name", "a,\"b\""}, {"time_ms", 1.0}, {"layers", {"x", "y"}}}));
  EXPECT_EQ(object.at("warnings"), json::array({{{"what", "something is odd"}, {"advice", "look at it"}}}));
}

TEST(Json, SeveralReportsAreAnArray) {
  const std::vector<Report> two{sample(), sample()};
  EXPECT_EQ(json::parse(render(two, {.format = Format::json})).size(), 2U);
}

TEST(Json, BrokenBytesInNamesStillGiveValidJson) {
  Report report = sample();
  report.tables[0].rows[0][0] = std::string("caf\xe9\xff");
  EXPECT_TRUE(json::accept(render(report, {.format = Format::json})));
}

TEST(Csv, QuotesWhatNeedsItAndJoinsLists) {
  EXPECT_EQ(render(sample(), {.format = Format::csv}),
            "name,time_ms,layers\n\"a,\"\"b\"\"\",1,x;y\nsecond,0.5,\n");
}

TEST(Csv, WithoutATableTheFactsAreOneLinePerReport) {
  Report report = sample();
  report.csv_table.clear();
  const std::vector<Report> two{report, report};
  EXPECT_EQ(render(two, {.format = Format::csv}),
            "latency_ms,memory.weights,memory.peak\n2,4096,8192\n2,4096,8192\n");
}

TEST(Markdown, PipesInNamesDoNotBreakTheTable) {
  Report report = sample();
  report.tables[0].rows[0][0] = std::string("a|b");
  EXPECT_THAT(render(report, {.format = Format::markdown}), HasSubstr("| a\\|b | 1.00 ms | x + y |"));
}

TEST(Terminal, ShowsTextTableAndWarningWithAdvice) {
  const std::string text = render(sample(), {.format = Format::table, .width = 80});
  EXPECT_THAT(text,
              StartsWith("some network\nlatency        2.00 ms (1.90 .. 2.10 ms)\nonly for eyes  hello\n"));
  EXPECT_THAT(text, HasSubstr("warning: something is odd\n  advice: look at it\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[")));
}

TEST(Terminal, ColoursOnlyWhenTold) {
  EXPECT_THAT(render(sample(), {.format = Format::table, .width = 80, .colours = true}),
              HasSubstr("\x1b[1m"));
  EXPECT_THAT(render(sample(), {.format = Format::json, .width = 80, .colours = true}),
              Not(HasSubstr("\x1b[")));
}

TEST(Terminal, ALimitHidesRowsFromPeopleOnly) {
  Report report = sample();
  report.tables[0].limit = 1;
  EXPECT_THAT(render(report, {.format = Format::table}), HasSubstr("... and 1 more rows"));
  EXPECT_EQ(json::parse(render(report, {.format = Format::json})).at("rows").size(), 2U);
}

TEST(Terminal, ColumnsOfTheHighestRankGoFirst) {
  const std::string wide(30, 'n');
  Table table{.key = "t",
              .title = "",
              .columns = {{"a", "first"},
                          {"b", "second", Audience::everyone, 1},
                          {"c", "third", Audience::everyone, 2}},
              .rows = {{wide, wide, wide}}};
  Report report{.kind = "k", .version = 1, .title = "t", .facts = {}, .tables = {table}, .warnings = {}};
  const std::string text = render(report, {.format = Format::table, .width = 44});
  EXPECT_THAT(text, HasSubstr("second"));
  EXPECT_THAT(text, Not(HasSubstr("third")));
}

TEST(Terminal, NoTableIsWiderThanTheTerminal) {
  rc::check("for any names and widths", [] {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 6);
    Table table{.key = "t", .title = "", .columns = {}, .rows = {{}, {}}};
    for (std::size_t i = 0; i < columns; ++i) {
      table.columns.push_back({"k", "title", Audience::everyone, static_cast<int>(i)});
      for (auto& row : table.rows) {
        row.emplace_back(std::string(*rc::gen::inRange<std::size_t>(0, 60), 'x'));
      }
    }
    const auto width = *rc::gen::inRange<std::size_t>(40, 120);
    const Report report{
        .kind = "k", .version = 1, .title = "", .facts = {}, .tables = {table}, .warnings = {}};
    for (const std::string& line : lines_of(render(report, {.format = Format::table, .width = width}))) {
      RC_ASSERT(line.size() <= width);
    }
  });
}

TEST(Format, AnUnknownOneIsRefusedWithTheList) {
  const Result<Format> format = parse_format("xml");
  ASSERT_FALSE(format);
  EXPECT_THAT(format.error().hint, HasSubstr("markdown"));
}

}  // namespace
}  // namespace forecost::report
