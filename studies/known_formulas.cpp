// SPDX-License-Identifier: Apache-2.0
// Definitions: Branin and Hartmann as in Surjanovic and Bingham's library; Gelbart et al. 2014; Eriksson and
// Poloczek 2021 (pressure vessel, welded beam, speed reducer after Coello 2002); Deb et al. 2002 and Jain and
// Deb 2014 (DTLZ2, C2-DTLZ2); Zitzler et al. 2000 (ZDT1).
#include "known_formulas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace forecost::studies {
namespace {

using std::numbers::pi;

double square(double x) {
  return x * x;
}

}  // namespace

double branin(double x, double y) {
  return square(y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6) + 10 * (1 - 1 / (8 * pi)) * std::cos(x) +
         10;
}

double hartmann6(const Values& x) {
  constexpr std::array<double, 4> weight = {1.0, 1.2, 3.0, 3.2};
  constexpr std::array<std::array<double, 6>, 4> a = {{{10, 3, 17, 3.5, 1.7, 8},
                                                       {0.05, 10, 17, 0.1, 8, 14},
                                                       {3, 3.5, 1.7, 10, 17, 8},
                                                       {17, 8, 0.05, 10, 0.1, 14}}};
  constexpr std::array<std::array<double, 6>, 4> p = {{{1312, 1696, 5569, 124, 8283, 5886},
                                                       {2329, 4135, 8307, 3736, 1004, 9991},
                                                       {2348, 1451, 3522, 2883, 3047, 6650},
                                                       {4047, 8828, 8732, 5743, 1091, 381}}};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double exponent = 0;
    for (std::size_t j = 0; j < 6; ++j) exponent += a[i][j] * square(x[j] - 1e-4 * p[i][j]);
    sum -= weight[i] * std::exp(-exponent);
  }
  return sum;
}

double ackley(const Values& x) {
  const auto n = static_cast<double>(x.size());
  double squares = 0;
  double waves = 0;
  for (const double v : x) {
    squares += v * v;
    waves += std::cos(2 * pi * v);
  }
  return -20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(waves / n) + 20 + std::numbers::e;
}

double currin(double x, double y) {
  const double first = y > 0 ? 1 - std::exp(-1 / (2 * y)) : 1.0;
  return first * (2300 * x * x * x + 1900 * x * x + 2092 * x + 60) /
         (100 * x * x * x + 500 * x * x + 4 * x + 20);
}

double disk(double x, double y) {
  return square(x - 2.5) + square(y - 7.5) - 50;
}

double length(const Values& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum);
}

Outcome pressure_vessel(double x1, double x2, double r, double l, double s1, double s2) {
  return {
      {0.6224 * s1 * r * l + 1.7781 * s2 * r * r + 3.1661 * s1 * s1 * l + 19.84 * s1 * s1 * r},
      {-x1 + 0.0193 * r, -x2 + 0.00954 * r, -pi * r * r * l - (4.0 / 3) * pi * r * r * r + 1296000, l - 240}};
}

Outcome welded_beam(const Values& x) {
  constexpr double load = 6000;
  constexpr double span = 14;
  constexpr double e = 30e6;
  constexpr double g = 12e6;
  const double m = load * (span + x[1] / 2);
  const double r = std::sqrt(0.25 * (x[1] * x[1] + square(x[0] + x[2])));
  const double j = 2 * std::sqrt(2.0) * x[0] * x[1] * (x[1] * x[1] / 12 + 0.25 * square(x[0] + x[2]));
  const double buckling =
      4.013 * e * x[2] * x[3] * x[3] * x[3] / 6 / (span * span) * (1 - 0.25 * x[2] * std::sqrt(e / g) / span);
  const double t1 = load / (std::sqrt(2.0) * x[0] * x[1]);
  const double t2 = m * r / j;
  const double shear = std::sqrt(std::max(0.0, t1 * t1 + t1 * t2 * x[1] / r + t2 * t2));
  const double bending = 6 * load * span / (x[3] * x[2] * x[2]);
  const double deflection = 4 * load * span * span * span / (e * x[2] * x[2] * x[2] * x[3]);
  return {
      {1.10471 * x[0] * x[0] * x[1] + 0.04811 * x[2] * x[3] * (14 + x[1])},
      {shear - 13600, bending - 30000, x[0] - x[3],
       0.10471 * x[0] * x[0] + 0.04811 * x[2] * x[3] * (14 + x[1]) - 5, deflection - 0.25, load - buckling}};
}

Outcome speed_reducer(const Values& v) {
  const double a = v[0];
  const double b = v[1];
  const double c = v[2];
  const double d = v[3];
  const double e = v[4];
  const double f = v[5];
  const double g = v[6];
  const double weight = 0.7854 * a * b * b * (3.3333 * c * c + 14.9334 * c - 43.0934) -
                        1.508 * a * (f * f + g * g) + 7.4777 * (f * f * f + g * g * g) +
                        0.7854 * (d * f * f + e * g * g);
  return {{weight},
          {27 / (a * b * b * c) - 1, 397.5 / (a * b * b * c * c) - 1,
           1.93 * d * d * d / (b * c * f * f * f * f) - 1, 1.93 * e * e * e / (b * c * g * g * g * g) - 1,
           std::sqrt(square(745 * d / (b * c)) + 16.9e6) / (110 * f * f * f) - 1,
           std::sqrt(square(745 * e / (b * c)) + 157.5e6) / (85 * g * g * g) - 1, b * c / 40 - 1,
           5 * b / a - 1, a / (12 * b) - 1, (1.5 * f + 1.9) / d - 1, (1.1 * g + 1.9) / e - 1}};
}

Outcome keane(const Values& x) {
  double fourth = 0;
  double second = 1;
  double weighted = 0;
  double product = 1;
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double c = square(std::cos(x[i]));
    fourth += c * c;
    second *= c;
    weighted += static_cast<double>(i + 1) * x[i] * x[i];
    product *= x[i];
    sum += x[i];
  }
  const double value = weighted > 0 ? -std::abs(fourth - 2 * second) / std::sqrt(weighted) : 0.0;
  return {{value}, {0.75 - product, sum - 7.5 * static_cast<double>(x.size())}};
}

Values dtlz2(const Values& x, std::size_t objectives) {
  double g = 0;
  for (std::size_t i = objectives - 1; i < x.size(); ++i) g += square(x[i] - 0.5);
  Values f(objectives, 1 + g);
  for (std::size_t i = 0; i < objectives; ++i) {
    for (std::size_t j = 0; j + i + 1 < objectives; ++j) f[i] *= std::cos(x[j] * pi / 2);
    if (i > 0) f[i] *= std::sin(x[objectives - 1 - i] * pi / 2);
  }
  return f;
}

double c2_limit(const Values& f) {
  constexpr double r = 0.2;
  const double ends = std::min(square(f[0] - 1) + square(f[1]), square(f[1] - 1) + square(f[0])) - r * r;
  const double centre = square(f[0] - std::sqrt(0.5)) + square(f[1] - std::sqrt(0.5)) - r * r;
  return std::min(ends, centre);
}

Values zdt1(const Values& x) {
  double g = 0;
  for (std::size_t i = 1; i < x.size(); ++i) g += x[i];
  g = 1 + 9 * g / static_cast<double>(x.size() - 1);
  return {x[0], g * (1 - std::sqrt(std::max(0.0, x[0] / g)))};
}

Cnn cnn(const Values& v) {
  constexpr std::array<double, 4> slowness = {1.00, 1.25, 1.18, 1.10};
  constexpr std::array<double, 4> bonus = {0.0, -0.35, -0.30, 0.60};
  const auto layers = static_cast<int>(v[0]);
  const double kernel = 1 + 2 * v[2];
  const auto act = static_cast<std::size_t>(v[3]);
  const double batch = 16 * std::pow(2.0, v[5]);
  double work = 0;
  double weights = 0;
  for (int l = 0; l < layers; ++l) {
    const double halvings = std::pow(2.0, l / 2);
    const double size = square(v[1] * std::min(halvings, 8.0)) * kernel * kernel;
    work += size * square(32 / halvings) / 1e6;
    weights += size / 1e6;
  }
  Cnn result{};
  result.latency = 0.15 * layers * slowness[act] + work / 900 + 4 * weights / 25;
  result.energy = result.latency * (2.0 + 1.5 * std::min(1.0, work / 3000));
  const double capacity = std::log10(1e-3 + weights) + 0.35 * layers;
  const double best_rate = 2.5e-3 * std::sqrt(batch / 64);
  const double best_dropout = std::min(0.5, 0.05 + 0.06 * std::max(0.0, std::log10(1e-3 + weights) + 1));
  result.error = 6 + 18 * std::exp(-0.55 * (capacity + 1.2)) + bonus[act] +
                 1.1 * std::abs(std::log2(kernel) - std::log2(3.0)) +
                 2.2 * square(std::log10(v[4] / best_rate)) + 24 * square(v[6] - best_dropout) +
                 0.25 * std::abs(std::log2(batch) - 7);
  return result;
}

double shifted_ackley(const Values& x) {
  Values moved = x;
  for (std::size_t i = 0; i < x.size(); ++i) moved[i] = x[i] - 10 + 1.7 * static_cast<double>(i % 5);
  return ackley(moved);
}

}  // namespace forecost::studies
