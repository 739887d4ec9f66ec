// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/picture.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace forecost::report {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Ticks, AreRoundNumbersAroundTheValues) {
  EXPECT_THAT(ticks(0, 10, false), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(ticks(93.2, 97.9, false), ElementsAre(93, 94, 95, 96, 97, 98));
  EXPECT_THAT(ticks(3, 40, true), ElementsAre(2, 5, 10, 20, 50));
  EXPECT_THAT(ticks(1e-6, 1, true).size(), 7U);
}

TEST(Ticks, CoverTheValuesAndRise) {
  rc::check("for any two values", [] {
    const bool log = *rc::gen::arbitrary<bool>();
    const auto draw = [log] {
      const double x = *rc::gen::inRange(-4000, 4000) / 1000.0;
      return log ? std::pow(10.0, x) : x;
    };
    const double a = draw();
    const double b = draw();
    const std::vector<double> marks = ticks(a, b, log);
    RC_ASSERT(marks.size() >= 2U);
    RC_ASSERT(marks.size() <= 14U);
    const double slack = 1e-9 * (std::abs(a) + std::abs(b));
    RC_ASSERT(marks.front() <= std::min(a, b) + slack);
    RC_ASSERT(marks.back() >= std::max(a, b) - slack);
    for (std::size_t i = 1; i < marks.size(); ++i) RC_ASSERT(marks[i] > marks[i - 1]);
  });
}

Plot plot_of(std::vector<Mark> marks) {
  Plot plot;
  plot.title = "title";
  plot.x.title = "time";
  plot.y.title = "accuracy";
  Series series;
  series.name = "networks";
  series.marks = std::move(marks);
  plot.series = {series};
  return plot;
}

TEST(Plot, HasACirclePerMarkAndItsAxes) {
  const std::string svg = to_svg(plot_of({{1, 2, "a"}, {3, 4, "b"}}));
  EXPECT_EQ(count(svg, "<circle"), 2U);
  EXPECT_THAT(svg, HasSubstr(">time</text>"));
  EXPECT_THAT(svg, HasSubstr(">networks</text>"));
  EXPECT_EQ(count(svg, "<svg"), count(svg, "</svg>"));
}

TEST(Plot, NamesCannotBreakOutOfTheirText) {
  const std::string svg = to_svg(plot_of({{1, 2, "<script>\"&\x1b"}}));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&quot;&amp;?"));
}

TEST(Plot, LeavesOutWhatHasNoPlace) {
  Plot plot = plot_of({{1, 2}, {std::numeric_limits<double>::infinity(), 2}, {0, 2}});
  EXPECT_EQ(count(to_svg(plot), "<circle"), 2U);
  plot.x.log = true;
  EXPECT_EQ(count(to_svg(plot), "<circle"), 1U);
  EXPECT_THAT(to_svg(plot_of({})), HasSubstr("nothing to show"));
}

TEST(BarChart, HasARectanglePerPartInTheRightProportion) {
  BarChart chart;
  chart.title = "cuts";
  chart.names = {"edge", "link"};
  chart.bars = {{"a", {1, 3}, true}, {"b", {4, 0}, false}};
  const std::string svg = to_svg(chart);
  EXPECT_EQ(count(svg, "height=\"16\""), 4U);
  EXPECT_EQ(count(svg, "stroke=\"black\""), 1U);
  const auto width_before = [&svg](const std::string& title) {
    const std::size_t end = svg.rfind("width=\"", svg.find(title));
    return std::stod(svg.substr(end + 7));
  };
  EXPECT_THAT(width_before("link 3") / width_before("edge 1<"), DoubleNear(3, 0.01));
  EXPECT_THAT(to_svg(BarChart{}), HasSubstr("nothing to show"));
}

}  // namespace
}  // namespace forecost::report
