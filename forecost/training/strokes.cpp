// SPDX-License-Identifier: Apache-2.0
#include "forecost/training/strokes.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace forecost::training {
namespace {

/// Parts are separated by ","; "~" makes a part round; a point is two digits, x and y.
constexpr std::pair<char, std::string_view> drawings[] = {{'0', "~20 00 03 06 26 46 43 40 20"},
                                                          {'1', "11 20 26,16 36"},
                                                          {'2', "~01 00 40 43 06,06 46"},
                                                          {'3', "~01 00 40 43 23,~23 43 46 06 05"},
                                                          {'4', "30 04 44,30 36"},
                                                          {'5', "40 00 03,~03 42 46 06 05"},
                                                          {'6', "~30 02 06 46 43 23 04"},
                                                          {'7', "00 40 16"},
                                                          {'8', "~23 03 00 40 43 23,~23 03 06 46 43 23"},
                                                          {'9', "~42 43 03 00 40 42 36"},
                                                          {'A', "06 20 46,14 34"},
                                                          {'B', "06 00,~00 40 43 03,~03 43 46 06"},
                                                          {'C', "~41 40 00 06 46 45"},
                                                          {'E', "40 00 06 46,03 33"},
                                                          {'F', "40 00 06,03 33"},
                                                          {'G', "~41 40 00 06 46 43,43 23"},
                                                          {'H', "00 06,40 46,03 43"},
                                                          {'J', "~40 46 06 04"},
                                                          {'K', "00 06,40 03 46"},
                                                          {'L', "00 06 46"},
                                                          {'M', "06 00 23 40 46"},
                                                          {'N', "06 00 46 40"},
                                                          {'P', "06 00,~00 40 43 03"},
                                                          {'R', "06 00,~00 40 43 03,23 46"},
                                                          {'T', "00 40,20 26"},
                                                          {'U', "~00 06 46 40"},
                                                          {'V', "00 26 40"},
                                                          {'W', "00 16 23 36 40"},
                                                          {'X', "00 46,40 06"},
                                                          {'Y', "00 23 40,23 26"}};

Character read_drawing(char name, std::string_view text) {
  Character character{name, {}};
  character.parts.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      character.parts.emplace_back();
    } else if (text[i] == '~') {
      character.parts.back().round = true;
    } else if (text[i] != ' ') {
      character.parts.back().points.push_back(
          {static_cast<double>(text[i] - '0'), static_cast<double>(text[i + 1] - '0')});
      ++i;
    }
  }
  return character;
}

double distance(const Point& p, const Point& a, const Point& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// Pixels from `low` to `high` around a segment's extent.
std::pair<std::int64_t, std::int64_t> reach(double a, double b, double margin, std::int64_t size) {
  const double low = std::clamp(std::min(a, b) - margin, 0.0, static_cast<double>(size));
  const double high = std::clamp(std::max(a, b) + margin, 0.0, static_cast<double>(size));
  return {static_cast<std::int64_t>(low), std::min(size, static_cast<std::int64_t>(high) + 1)};
}

}  // namespace

const std::vector<Character>& characters() {
  static const std::vector<Character> all = [] {
    std::vector<Character> read;
    for (const auto& drawing : drawings) read.push_back(read_drawing(drawing.first, drawing.second));
    return read;
  }();
  return all;
}

Stroke rounded(const Stroke& stroke) {
  Stroke points = stroke;
  for (int pass = 0; pass < 2 && points.size() > 2; ++pass) {
    Stroke cut{points.front()};
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const Point& a = points[i];
      const Point& b = points[i + 1];
      if (i > 0) cut.push_back({0.75 * a.x + 0.25 * b.x, 0.75 * a.y + 0.25 * b.y});
      if (i + 2 < points.size()) cut.push_back({0.25 * a.x + 0.75 * b.x, 0.25 * a.y + 0.75 * b.y});
    }
    cut.push_back(points.back());
    points = std::move(cut);
  }
  return points;
}

void Ink::draw(const Stroke& stroke, double half_width) {
  for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
    const Point& a = stroke[i];
    const Point& b = stroke[i + 1];
    const auto columns = reach(a.x, b.x, half_width + 1, width);
    const auto rows = reach(a.y, b.y, half_width + 1, height);
    for (std::int64_t y = rows.first; y < rows.second; ++y) {
      for (std::int64_t x = columns.first; x < columns.second; ++x) {
        const Point centre{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
        const double ink = std::clamp(half_width + 0.5 - distance(centre, a, b), 0.0, 1.0);
        float& pixel = cover[static_cast<std::size_t>(y * width + x)];
        pixel = std::max(pixel, static_cast<float>(ink));
      }
    }
  }
}

}  // namespace forecost::training
