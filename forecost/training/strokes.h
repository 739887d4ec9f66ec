// SPDX-License-Identifier: Apache-2.0
/// Characters as strokes, and strokes as pixels.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace forecost::training {

struct Point {
  double x = 0, y = 0;
};

/// A polyline; neighbours are joined by straight segments.
using Stroke = std::vector<Point>;

/// A character in a box of 4 x 6, y downwards, on whole points.
struct Character {
  char name = ' ';
  struct Part {
    bool round = false;  ///< its corners are cut into arcs
    Stroke points;
  };
  std::vector<Part> parts;
};

/// Ten digits, then twenty letters that are not mistaken for them.
const std::vector<Character>& characters();

/// Corners cut twice (Chaikin 1974): the ends stay.
Stroke rounded(const Stroke& stroke);

/// How much ink each pixel takes, 0 ... 1, row after row.
struct Ink {
  std::int64_t height = 0, width = 0;
  std::vector<float> cover;

  Ink(std::int64_t rows, std::int64_t columns)
      : height(rows), width(columns), cover(static_cast<std::size_t>(rows * columns)) {}
  /// Points in pixels; a pixel's centre is at + 0.5. Edges are one pixel soft; strokes over each other add no
  /// ink. Cost: the pixels around each segment.
  void draw(const Stroke& stroke, double half_width);
};

}  // namespace forecost::training
