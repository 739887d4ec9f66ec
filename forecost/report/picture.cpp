// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "forecost/report/value.h"

namespace forecost::report {
namespace {

constexpr double width = 760, height = 460;
constexpr double left = 90, right = 24, top = 48, bottom = 60;
constexpr double row = 22;
/// Okabe and Ito 2008: told apart by people of any colour vision.
constexpr std::array<std::string_view, 6> colours{"#0072b2", "#e69f00", "#009e73",
                                                  "#d55e00", "#cc79a7", "#56b4e9"};

std::string_view colour(std::size_t index) {
  return colours[index % colours.size()];
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : to_text(Value(text))) {  // without control characters
    switch (c) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string head(double w, double h, const std::string& title) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2:.0f}\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{3}</text>\n",
      w, h, left, escaped(title));
}

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escaped(text));
}

std::string line_at(double x1, double y1, double x2, double y2) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ddd\"/>\n", x1,
                     y1, x2, y2);
}

std::string tick_text(const Axis& axis, double value) {
  return axis.text != nullptr ? axis.text(value) : fmt::format("{:.4g}", value);
}

bool drawable(const Axis& axis, double value) {
  return std::isfinite(value) && (!axis.log || value > 0);
}

/// From values to places on the page.
class Scale {
 public:
  Scale(const Axis& axis, double low, double high, double from, double to)
      : log_(axis.log), marks_(ticks(low, high, axis.log)), from_(from), to_(to) {}

  double at(double value) const {
    return from_ +
           (to_ - from_) * (of(value) - of(marks_.front())) / (of(marks_.back()) - of(marks_.front()));
  }
  const std::vector<double>& marks() const { return marks_; }

 private:
  double of(double value) const { return log_ ? std::log(value) : value; }

  bool log_;
  std::vector<double> marks_;
  double from_, to_;
};

std::string legend(const std::vector<std::string>& names, double w) {
  std::string text;
  double x = w - right;
  for (std::size_t i = names.size(); i-- > 0;) {
    if (names[i].empty()) continue;
    x -= 7.0 * static_cast<double>(width_of(names[i])) + 24;
    text +=
        fmt::format("<rect x=\"{:.1f}\" y=\"32\" width=\"10\" height=\"10\" fill=\"{}\"/>\n", x, colour(i));
    text += text_at(x + 14, 41, "start", names[i]);
  }
  return text;
}

std::string series_svg(const Plot& plot, std::size_t index, const Scale& x, const Scale& y) {
  const Series& series = plot.series[index];
  std::string path;
  std::string points;
  for (const Mark& mark : series.marks) {
    if (!drawable(plot.x, mark.x) || !drawable(plot.y, mark.y)) continue;
    const double px = x.at(mark.x);
    const double py = y.at(mark.y);
    if (path.empty()) {
      path = fmt::format("M{:.1f} {:.1f}", px, py);
    } else if (series.line == Series::Line::steps) {
      path += fmt::format("H{:.1f}V{:.1f}", px, py);
    } else {
      path += fmt::format("L{:.1f} {:.1f}", px, py);
    }
    if (series.size > 0) {
      points += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"><title>{}</title></circle>\n", px, py,
          series.size, colour(index), escaped(mark.title.empty() ? mark.label : mark.title));
    }
    if (mark.label.empty()) continue;
    const bool at_the_right = px > width - right - 7.0 * static_cast<double>(width_of(mark.label)) - 10;
    points += text_at(at_the_right ? px - 8 : px + 8, py + 14, at_the_right ? "end" : "start", mark.label);
  }
  if (series.line != Series::Line::none && !path.empty()) {
    path = fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n", path,
                       colour(index));
    return path + points;
  }
  return points;
}

}  // namespace

std::vector<double> ticks(double low, double high, bool log) {
  if (high < low) std::swap(low, high);
  std::vector<double> marks;
  if (log) {
    const auto first = static_cast<int>(std::floor(std::log10(low)));
    const auto last = static_cast<int>(std::ceil(std::log10(high)));
    const bool few = last - first <= 3;
    for (int power = first; power <= std::max(last, first + 1); ++power) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor == 1 || few) marks.push_back(factor * std::pow(10.0, power));
      }
    }
    const auto above = std::find_if(marks.begin(), marks.end(), [high](double m) { return m >= high; });
    if (above != marks.end() && above - marks.begin() >= 1) marks.erase(above + 1, marks.end());
    while (marks.size() > 2 && marks[1] <= low) marks.erase(marks.begin());
    return marks;
  }
  if (high - low <= 1e-12 * std::abs(high)) {
    const double half = high == 0 ? 1 : std::abs(high) / 10;
    low -= half;
    high += half;
  }
  const double rough = (high - low) / 6;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  const double first = std::floor(low / step + 1e-9);
  const double last = std::ceil(high / step - 1e-9);
  for (double at = first; at <= last; ++at) marks.push_back(at * step);
  return marks;
}

std::string to_svg(const Plot& plot) {
  std::array<double, 2> low{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  std::array<double, 2> high{-low[0], -low[1]};
  std::vector<std::string> names;
  for (const Series& series : plot.series) {
    names.push_back(series.name);
    for (const Mark& mark : series.marks) {
      if (!drawable(plot.x, mark.x) || !drawable(plot.y, mark.y)) continue;
      low = {std::min(low[0], mark.x), std::min(low[1], mark.y)};
      high = {std::max(high[0], mark.x), std::max(high[1], mark.y)};
    }
  }
  std::string svg = head(width, height, plot.title);
  if (low[0] > high[0]) return svg + text_at(width / 2, height / 2, "middle", "nothing to show") + "</svg>\n";
  const Scale x(plot.x, low[0], high[0], left, width - right);
  const Scale y(plot.y, low[1], high[1], height - bottom, top);
  for (const double mark : x.marks()) {
    svg += line_at(x.at(mark), top, x.at(mark), height - bottom);
    svg += text_at(x.at(mark), height - bottom + 18, "middle", tick_text(plot.x, mark));
  }
  for (const double mark : y.marks()) {
    svg += line_at(left, y.at(mark), width - right, y.at(mark));
    svg += text_at(left - 8, y.at(mark) + 4, "end", tick_text(plot.y, mark));
  }
  svg += text_at((left + width - right) / 2, height - 16, "middle", plot.x.title);
  svg +=
      fmt::format("<text transform=\"translate(18 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                  (top + height - bottom) / 2, escaped(plot.y.title));
  svg += legend(names, width);
  for (std::size_t i = 0; i < plot.series.size(); ++i) svg += series_svg(plot, i, x, y);
  return svg + "</svg>\n";
}

std::string to_svg(const BarChart& chart) {
  double longest = 0;
  double label = 0;
  for (const Bar& bar : chart.bars) {
    double sum = 0;
    for (const double part : bar.parts) sum += part;
    longest = std::max(longest, sum);
    label = std::max(label, 7.0 * static_cast<double>(width_of(bar.label)));
  }
  const double begin = std::min(label, 300.0) + 24;
  const double tall = top + row * static_cast<double>(chart.bars.size()) + bottom;
  std::string svg = head(width, tall, chart.title) + legend(chart.names, width);
  if (!(longest > 0)) return svg + text_at(width / 2, tall / 2, "middle", "nothing to show") + "</svg>\n";
  const Scale scale(chart.value, 0, longest, begin, width - right);
  for (const double mark : scale.marks()) {
    svg += line_at(scale.at(mark), top, scale.at(mark), tall - bottom + 4);
    svg += text_at(scale.at(mark), tall - bottom + 20, "middle", tick_text(chart.value, mark));
  }
  svg += text_at((begin + width - right) / 2, tall - 16, "middle", chart.value.title);
  for (std::size_t b = 0; b < chart.bars.size(); ++b) {
    const Bar& bar = chart.bars[b];
    const double y = top + row * static_cast<double>(b);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\"{}>{}</text>\n", begin - 8, y + 15,
                       bar.chosen ? " font-weight=\"bold\"" : "", escaped(elided(bar.label, 42)));
    double from = 0;
    for (std::size_t p = 0; p < bar.parts.size(); ++p) {
      const double x = scale.at(from);
      from += bar.parts[p];
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"16\" "
          "fill=\"{}\"><title>{}</title></rect>\n",
          x, y + 3, scale.at(from) - x, colour(p),
          escaped((p < chart.names.size() ? chart.names[p] + " " : "") +
                  tick_text(chart.value, bar.parts[p])));
    }
    if (bar.chosen) {
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"18\" fill=\"none\" stroke=\"black\"/>\n",
          begin, y + 2, scale.at(from) - begin);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace forecost::report
