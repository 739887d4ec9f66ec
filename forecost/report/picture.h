// SPDX-License-Identifier: Apache-2.0
/// Pictures as SVG: points with lines on two axes, and stacked bars. Text of names is escaped; nothing is
/// loaded from elsewhere.
#pragma once

#include <string>
#include <vector>

namespace forecost::report {

/// Numbers along an edge of a picture.
struct Axis {
  std::string title;
  std::string (*text)(double) = nullptr;  ///< of a tick; null: the plain number
  bool log = false;                       ///< equal ratios are equal distances; values must be > 0
};

struct Mark {
  double x = 0;
  double y = 0;
  std::string label = {};  ///< beside the point; may be empty
  std::string title = {};  ///< shown where a pointer rests; may be empty
};

struct Series {
  std::string name;  ///< in the legend; empty: not in it
  std::vector<Mark> marks;
  enum class Line { none, straight, steps } line = Line::none;
  double size = 4;  ///< radius of the points; 0: none
};

struct Plot {
  std::string title;
  Axis x;
  Axis y;
  std::vector<Series> series;
};

/// Marks with a value that is not finite (or not above 0 on a logarithmic axis) are left out.
std::string to_svg(const Plot& plot);

struct Bar {
  std::string label;
  std::vector<double> parts;  ///< one per name, >= 0
  bool chosen = false;        ///< set off from the others
};

struct BarChart {
  std::string title;
  Axis value;  ///< linear
  std::vector<std::string> names;
  std::vector<Bar> bars;  ///< from top to bottom
};

std::string to_svg(const BarChart& chart);

/// Round values, at least two, that cover low ... high: multiples of 1, 2 or 5 times a power of ten; on a
/// logarithmic axis powers of ten, or 1, 2 and 5 times them where those are few. Rising.
std::vector<double> ticks(double low, double high, bool log);

}  // namespace forecost::report
