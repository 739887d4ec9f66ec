// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/learning_curve.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "forecost/outcome/outcome.h"

namespace forecost::search {
namespace {

constexpr std::array noise_shares{0.003, 0.01, 0.03, 0.1, 0.3};
constexpr double most_weight = 4;  // of all points together

/// One f, before it is brought to 1 at the first point and 0 at the horizon.
struct Shape {
  enum class Family { power, exponential, weibull, mmf, logarithm };
  Family family = Family::power;
  double rate = 1;
  double exponent = 1;

  double at(double step, double horizon) const {
    const double reached = rate * step / horizon;
    switch (family) {
      case Family::power:
        return std::pow(step, -rate);
      case Family::exponential:
        return std::exp(-reached);
      case Family::weibull:
        return std::exp(-std::pow(reached, exponent));
      case Family::mmf:
        return 1 / (1 + std::pow(reached, exponent));
      case Family::logarithm:
        break;
    }
    return 1 / std::log1p(step);
  }
};

const std::vector<std::vector<Shape>>& families() {
  static const std::vector<std::vector<Shape>> all = [] {
    using Family = Shape::Family;
    std::vector<std::vector<Shape>> table(5);
    for (const double rate : {0.25, 0.5, 1.0, 2.0}) table[0].push_back({Family::power, rate, 1});
    for (const double rate : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0})
      table[1].push_back({Family::exponential, rate, 1});
    for (const double rate : {2.0, 4.0, 8.0, 16.0}) table[2].push_back({Family::weibull, rate, 2});
    for (const double rate : {4.0, 16.0, 64.0}) table[2].push_back({Family::weibull, rate, 0.5});
    for (const double exponent : {1.0, 2.0}) {
      for (const double rate : {2.0, 4.0, 8.0, 16.0, 32.0}) table[3].push_back({Family::mmf, rate, exponent});
    }
    table[4].push_back({Family::logarithm, 1, 1});
    return table;
  }();
  return all;
}

/// Sums over the points, with values relative to the first one.
struct Sums {
  double n = 0, f = 0, ff = 0, y = 0, fy = 0, yy = 0;
};

/// A component and the logarithm of its evidence. `mean` is relative to the first value.
struct Fit {
  CurveForecast::Part part;
  double evidence = 0;
};

/// Normal posterior of (a, b), by precision and information.
Fit fit(const Sums& sums, double change, double noise) {
  const double weight = std::min(1.0, most_weight / sums.n);
  const double precise = weight / (noise * noise);
  const double prior = 1 / (4 * change * change);
  const double aa = prior + sums.n * precise;
  const double ab = sums.f * precise;
  const double bb = prior + sums.ff * precise;
  const double ia = -prior * change + sums.y * precise;
  const double ib = prior * change + sums.fy * precise;
  const double determinant = aa * bb - ab * ab;
  const double a = (bb * ia - ab * ib) / determinant;
  const double b = (aa * ib - ab * ia) / determinant;
  const double misfit = sums.yy * precise + 2 * prior * change * change - (a * ia + b * ib);
  Fit result;
  result.part.mean = a;
  result.part.deviation = std::sqrt(bb / determinant + noise * noise);
  result.evidence =
      -weight * sums.n * std::log(noise) + std::log(prior) - std::log(determinant) / 2 - misfit / 2;
  return result;
}

}  // namespace

double CurveForecast::mean() const {
  double sum = 0;
  for (const Part& part : parts) sum += part.weight * part.mean;
  return sum;
}

double CurveForecast::chance_below(double bound) const {
  double chance = 0;
  for (const Part& part : parts) {
    chance += part.weight * std::erfc((part.mean - bound) / (part.deviation * std::sqrt(2.0))) / 2;
  }
  return chance;
}

CurveForecast extrapolate(std::span<const CurvePoint> points, double horizon, double change) {
  FORECOST_EXPECTS(!points.empty() && change > 0, "a point, and an improvement to expect");
  FORECOST_EXPECTS(points.front().step > 0 && points.back().step < horizon, "steps from 1 to the horizon");
  const CurvePoint& first = points.front();
  std::vector<Fit> fits;
  for (const std::vector<Shape>& family : families()) {
    for (const Shape& shape : family) {
      const double low = shape.at(horizon, horizon);
      const double high = shape.at(first.step, horizon);
      Sums sums;
      for (const CurvePoint& point : points) {
        const double f = (shape.at(point.step, horizon) - low) / (high - low);
        const double y = point.value - first.value;
        sums.n += 1;
        sums.f += f;
        sums.ff += f * f;
        sums.y += y;
        sums.fy += f * y;
        sums.yy += y * y;
      }
      for (const double share : noise_shares) {
        fits.push_back(fit(sums, change, share * change));
        fits.back().evidence -= std::log(static_cast<double>(family.size()));
      }
    }
  }
  double best = fits.front().evidence;
  for (const Fit& one : fits) best = std::max(best, one.evidence);
  CurveForecast forecast;
  double total = 0;
  for (Fit& one : fits) {
    one.part.weight = std::exp(one.evidence - best);
    one.part.mean += first.value;
    total += one.part.weight;
    forecast.parts.push_back(one.part);
  }
  for (CurveForecast::Part& part : forecast.parts) part.weight /= total;
  return forecast;
}

}  // namespace forecost::search
