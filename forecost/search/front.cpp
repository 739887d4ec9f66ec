// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/front.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace forecost::search {
namespace {

bool at_most(const Point& a, const Point& b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) { return x <= y; });
}

/// Those below the reference that no other is at most; ascending, each once.
std::vector<Point> undominated(std::vector<Point> points, const Point& reference) {
  points.erase(std::remove_if(points.begin(), points.end(),
                              [&](const Point& point) {
                                return !std::equal(point.begin(), point.end(), reference.begin(),
                                                   [](double x, double r) { return x < r; });
                              }),
               points.end());
  std::sort(points.begin(), points.end());
  std::vector<Point> kept;
  for (Point& point : points) {
    const bool beaten =
        std::any_of(kept.begin(), kept.end(), [&](const Point& other) { return at_most(other, point); });
    if (!beaten) kept.push_back(std::move(point));
  }
  return kept;
}

double box_volume(const Point& low, const Point& high) {
  double volume = 1;
  for (std::size_t i = 0; i < low.size(); ++i) volume *= high[i] - low[i];
  return volume;
}

/// Of points that do not dominate each other: each adds its box less what later ones cover of it.
double volume_of(const std::vector<Point>& points, const Point& reference) {
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::vector<Point> inside;
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      Point limited = points[j];
      for (std::size_t c = 0; c < limited.size(); ++c) limited[c] = std::max(limited[c], points[i][c]);
      inside.push_back(std::move(limited));
    }
    sum += box_volume(points[i], reference) - volume_of(undominated(std::move(inside), reference), reference);
  }
  return sum;
}

std::size_t most_points(std::size_t coordinates) {
  if (coordinates <= 3) return 128;
  return coordinates == 4 ? 48 : 24;
}

using Corner = std::vector<std::size_t>;
using Box = Front::Box;

/// `points` as indexes of levels, of which the first `coordinates` count; `last`: index of the reference.
std::vector<Box> free_boxes(std::vector<Corner> points, std::size_t coordinates, const Corner& last) {
  const std::size_t c = coordinates - 1;
  if (coordinates == 1) {
    std::size_t high = last[0];
    for (const Corner& point : points) high = std::min(high, point[0]);
    return high == 0 ? std::vector<Box>{} : std::vector<Box>{{.low = {0}, .high = {high}}};
  }
  std::sort(points.begin(), points.end(), [c](const Corner& a, const Corner& b) { return a[c] < b[c]; });
  std::map<std::pair<Corner, Corner>, std::size_t> open;  // cross-section, and where it began
  std::vector<Box> boxes;
  const auto close = [&](const std::pair<Corner, Corner>& section, std::size_t from, std::size_t to) {
    Box box{.low = section.first, .high = section.second};
    box.low.push_back(from);
    box.high.push_back(to);
    boxes.push_back(std::move(box));
  };
  std::size_t next = 0;
  std::size_t level = 0;
  while (level < last[c]) {
    while (next < points.size() && points[next][c] <= level) ++next;
    std::map<std::pair<Corner, Corner>, std::size_t> current;
    const std::vector<Corner> below(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(next));
    for (Box& section : free_boxes(below, c, last)) {
      std::pair<Corner, Corner> key{std::move(section.low), std::move(section.high)};
      const auto known = open.find(key);
      current.emplace(std::move(key), known == open.end() ? level : known->second);
    }
    for (const auto& [section, from] : open) {
      if (current.count(section) == 0) close(section, from, level);
    }
    open = std::move(current);
    level = next < points.size() ? points[next][c] : last[c];
  }
  for (const auto& [section, from] : open) close(section, from, last[c]);
  return boxes;
}

}  // namespace

double dominated_volume(std::vector<Point> points, const Point& reference) {
  return volume_of(undominated(std::move(points), reference), reference);
}

Front::Front(std::vector<Point> candidates, const Point& reference)
    : points(undominated(std::move(candidates), reference)) {
  const std::size_t most = most_points(reference.size());
  if (points.size() > most) {
    for (std::size_t i = 0; i < most; ++i) points[i] = points[i * (points.size() - 1) / (most - 1)];
    points.resize(most);
  }
  std::vector<Corner> corners(points.size(), Corner(reference.size()));
  Corner last;
  for (std::size_t c = 0; c < reference.size(); ++c) {
    std::vector<double> values = {-std::numeric_limits<double>::infinity(), reference[c]};
    for (const Point& point : points) values.push_back(point[c]);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (std::size_t i = 0; i < points.size(); ++i) {
      corners[i][c] = static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), points[i][c]) -
                                               values.begin());
    }
    last.push_back(values.size() - 1);
    levels.push_back(std::move(values));
  }
  boxes = free_boxes(std::move(corners), reference.size(), last);
}

}  // namespace forecost::search
