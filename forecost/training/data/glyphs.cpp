// SPDX-License-Identifier: Apache-2.0
// Our own: strokes whose points are jittered, then rotated, sheared, scaled and moved; strokes of nobody as
// clutter; paper and ink of any brightness, either the lighter one; noise. No pixel tells the class, which is
// what a linear model would need.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "forecost/numeric/random.h"
#include "forecost/training/data_entry.h"
#include "forecost/training/strokes.h"

namespace forecost::training::data {
namespace {

using numeric::Random;

constexpr std::int64_t least_side = 12;
constexpr std::int64_t most_side = 128;
constexpr std::int64_t default_train = 4000;
constexpr std::int64_t default_held_out = 1000;
constexpr std::int64_t most_images = 1'000'000;

Status check(const DataRequest& request) {
  const auto most_classes = std::ssize(characters());
  const bool one = request.channels == 1 || request.channels == 3;
  const bool side = std::min(request.height, request.width) >= least_side &&
                    std::max(request.height, request.width) <= most_side;
  if (!one || !side) {
    return Error{Fault::bad_input,
                 fmt::format("the network takes images of {} x {} x {}", request.channels, request.height,
                             request.width),
                 "",
                 fmt::format("glyphs have 1 or 3 channels and sides of {} ... {}", least_side, most_side)};
  }
  if (request.classes < 2 || request.classes > most_classes) {
    return Error{Fault::bad_input, fmt::format("the network has {} outputs", request.classes), "",
                 fmt::format("glyphs have 2 ... {} classes", most_classes)};
  }
  if (request.train <= most_images && request.held_out <= most_images) return Done{};
  return Error{Fault::bad_input, fmt::format("{} images", std::max(request.train, request.held_out)), "",
               fmt::format("at most {} are generated", most_images)};
}

/// From a character's box to pixels of one image.
class Placement {
 public:
  Placement(const DataRequest& request, Random& random) {
    const auto height = static_cast<double>(request.height);
    const auto width = static_cast<double>(request.width);
    const double tall = std::min(height, width) * random.uniform(0.5, 0.75);
    const double unit_y = tall / 6;
    const double unit_x = unit_y * random.uniform(0.75, 1.25);
    const double angle = random.uniform(-20.0, 20.0) * std::numbers::pi / 180;
    const double shear = random.uniform(-0.3, 0.3);
    xx_ = unit_x * std::cos(angle);
    xy_ = unit_y * (shear * std::cos(angle) - std::sin(angle));
    yx_ = unit_x * std::sin(angle);
    yy_ = unit_y * (shear * std::sin(angle) + std::cos(angle));
    x_ = width / 2 + random.uniform(-0.12, 0.12) * width;
    y_ = height / 2 + random.uniform(-0.12, 0.12) * height;
    half_width_ = std::min(height, width) * random.uniform(0.022, 0.05);
    for (Point& shift : shifts_) shift = {0.18 * random.normal(), 0.18 * random.normal()};
  }

  Point operator()(const Point& point) const {
    const auto place = static_cast<std::size_t>(point.y) * 5 + static_cast<std::size_t>(point.x);
    const double x = point.x + shifts_[place].x - 2;
    const double y = point.y + shifts_[place].y - 3;
    return {x_ + xx_ * x + xy_ * y, y_ + yx_ * x + yy_ * y};
  }
  double half_width() const { return half_width_; }

 private:
  double xx_ = 1, xy_ = 0, yx_ = 0, yy_ = 1, x_ = 0, y_ = 0;
  double half_width_ = 1;
  std::array<Point, 35> shifts_{};  ///< of whole points, so that strokes that meet still meet
};

void draw_character(const Character& character, const Placement& placement, Ink& ink) {
  for (const Character::Part& part : character.parts) {
    Stroke stroke;
    for (const Point& point : part.points) stroke.push_back(placement(point));
    ink.draw(part.round ? rounded(stroke) : stroke, placement.half_width());
  }
}

/// Short arcs at random places.
void draw_clutter(Ink& ink, double half_width, Random& random) {
  const auto height = static_cast<double>(ink.height);
  const auto width = static_cast<double>(ink.width);
  const std::int64_t count = random.integer(1, 3);
  for (std::int64_t i = 0; i < count; ++i) {
    Point at{random.uniform(0, width), random.uniform(0, height)};
    double angle = random.uniform(0, 2 * std::numbers::pi);
    const double step = std::min(height, width) * random.uniform(0.06, 0.12);
    Stroke stroke{at};
    for (int j = 0; j < 3; ++j) {
      angle += random.uniform(-0.8, 0.8);
      at = {at.x + step * std::cos(angle), at.y + step * std::sin(angle)};
      stroke.push_back(at);
    }
    ink.draw(rounded(stroke), half_width);
  }
}

/// Brightness of paper, clutter and ink in one channel.
struct Tones {
  double paper = 0, clutter = 0, ink = 1;
};

std::vector<Tones> tones(std::int64_t channels, Random& random) {
  const bool light = random.uniform() < 0.5;
  std::vector<Tones> all;
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    Tones one;
    one.paper = random.uniform(0.1, 0.4);
    one.ink = one.paper + random.uniform(0.35, 0.6);
    one.clutter = one.paper + random.uniform(0.5, 0.9) * (one.ink - one.paper);
    if (light) one = {1 - one.paper, 1 - one.clutter, 1 - one.ink};
    all.push_back(one);
  }
  return all;
}

void add_image(const DataRequest& request, const Character& character, Random random, Images& images) {
  const Placement placement(request, random);
  Ink ink(request.height, request.width);
  Ink clutter(request.height, request.width);
  draw_character(character, placement, ink);
  draw_clutter(clutter, placement.half_width(), random);
  const double noise = random.uniform(0.02, 0.1);
  for (const Tones& tone : tones(request.channels, random)) {
    for (std::size_t i = 0; i < ink.cover.size(); ++i) {
      double bright = tone.paper + (tone.clutter - tone.paper) * static_cast<double>(clutter.cover[i]);
      bright += (tone.ink - bright) * static_cast<double>(ink.cover[i]) + noise * random.normal();
      images.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(bright, 0.0, 1.0))));
    }
  }
}

Images drawn(const DataRequest& request, std::int64_t count, const Random& random) {
  Images images{request.channels, request.height, request.width, {}, {}};
  images.pixels.reserve(static_cast<std::size_t>(count * images.pixels_of_one()));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t label = i % request.classes;
    add_image(request, characters()[static_cast<std::size_t>(label)],
              random.fork(static_cast<std::uint64_t>(i)), images);
    images.labels.push_back(static_cast<std::uint8_t>(label));
  }
  return images;
}

Result<ImageData> load(const DataRequest& request) {
  FORECOST_TRY([[maybe_unused]] const Done fits, check(request));
  const Random random(request.seed);
  const std::int64_t train = request.train > 0 ? request.train : default_train;
  const std::int64_t held_out = request.held_out > 0 ? request.held_out : default_held_out;
  return ImageData{drawn(request, train, random.fork(1)), drawn(request, held_out, random.fork(2)),
                   request.classes};
}

}  // namespace

DataEntry glyphs() {
  return {.name = "glyphs",
          .summary = "digits and letters drawn by strokes, distorted, on clutter and noise; needs no files",
          .source = "",
          .generated = true,
          .check = check,
          .load = load};
}

}  // namespace forecost::training::data
