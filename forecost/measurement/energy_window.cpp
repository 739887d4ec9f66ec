// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/energy_window.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace forecost::measurement {
namespace {

using device::Reading;
using device::Reads;

/// The square of the error is ends / W^2 + body / W.
struct ErrorTerms {
  double ends = 0;
  double body = 0;
};

ErrorTerms terms_of(const device::SensorFacts& facts, const WindowNoise& noise) {
  const double took = noise.took.value;
  if (facts.reads == Reads::energy) {
    const double step = noise.power.value > 0 ? facts.resolution / noise.power.value : 0;
    return {(noise.period.value * noise.period.value + took * took + step * step) / 6, 0};
  }
  const double reach = noise.period.value + facts.averaging.value;
  return {(reach * reach + took * took) / 6, noise.noise * noise.noise * noise.period.value};
}

Error broken(const device::SensorFacts& facts, const std::string& what, const char* hint) {
  return {Fault::failed, what, facts.name, hint};
}

Result<WindowEnergy> counted(const device::SensorFacts& facts, std::span<const Reading> readings,
                             Seconds length) {
  const Reading& first = readings.front();
  const Reading& last = readings.back();
  for (std::size_t i = 1; i < readings.size(); ++i) {
    if (readings[i].total < readings[i - 1].total) {
      return broken(facts, "the energy counter fell", "measure again");
    }
    const Seconds gap = readings[i].time - readings[i - 1].time;
    if (facts.longest_gap.value > 0 && gap > facts.longest_gap) {
      return broken(facts, fmt::format("the counter was not read for {}: it may have wrapped", to_text(gap)),
                    "one run takes too long for this sensor: use another one, or a smaller --batch");
    }
  }
  WindowEnergy window{.samples = readings.size()};
  const double share = length / (last.time - first.time);
  window.energy = Joules((last.total - first.total) * share);
  for (std::size_t c = 0; c < last.parts.size(); ++c) {
    window.parts.push_back((last.parts[c] - first.parts[c]) * share);
  }
  return window;
}

/// The time for which a sample stands.
double width_of(std::span<const Reading> readings, std::size_t i, Seconds from, Seconds to) {
  const auto middle = [&](std::size_t a) {
    return (readings[a].time.value + readings[a + 1].time.value) / 2;
  };
  const double left = i == 0 ? from.value : std::max(from.value, middle(i - 1));
  const double right = i + 1 == readings.size() ? to.value : std::min(to.value, middle(i));
  return std::max(0.0, right - left);
}

Result<WindowEnergy> integrated(const device::SensorFacts& facts, std::span<const Reading> readings,
                                Seconds from, Seconds to) {
  const double length = (to - from).value;
  const double longest = std::max(length / 10, 3 * facts.period.value);
  WindowEnergy window;
  window.parts.assign(readings.front().parts.size(), 0);
  double before = from.value, mean = 0, square = 0;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const Reading& reading = readings[i];
    const double at = std::clamp(reading.time.value, from.value, to.value);
    const double after = i + 1 == readings.size() ? to.value : at;
    const double silence = std::max(at - before, after - at);
    if (silence > longest) {
      return broken(facts,
                    fmt::format("the sensor said nothing for {} of {}", to_text(Seconds(silence)),
                                to_text(Seconds(length))),
                    "measure again; where it stays so, use another sensor");
    }
    before = at;
    const double width = width_of(readings, i, from, to);
    if (width > 0) ++window.samples;
    window.energy += Joules(width * reading.total);
    for (std::size_t c = 0; c < window.parts.size(); ++c) window.parts[c] += width * reading.parts[c];
    mean += width / length * reading.total;
    square += width / length * reading.total * reading.total;
  }
  if (mean > 0) window.noise = std::sqrt(std::max(0.0, square - mean * mean)) / mean;
  return window;
}

}  // namespace

double window_error(const device::SensorFacts& facts, const WindowNoise& noise, Seconds window) {
  const ErrorTerms terms = terms_of(facts, noise);
  const double body = window > noise.period ? terms.body / window.value : noise.noise * noise.noise;
  return std::sqrt(terms.ends / (window.value * window.value) + body);
}

Seconds window_for(const device::SensorFacts& facts, const WindowNoise& noise, double relative) {
  const ErrorTerms terms = terms_of(facts, noise);
  const double square = relative * relative;
  return Seconds((terms.body + std::sqrt(terms.body * terms.body + 4 * terms.ends * square)) / (2 * square));
}

Result<WindowEnergy> window_energy(const device::SensorFacts& facts, std::span<const Reading> readings,
                                   Seconds from, Seconds to) {
  if (readings.size() < 2) {
    return broken(facts, fmt::format("{} readings in {}", readings.size(), to_text(to - from)),
                  "measure again; where it stays so, use another sensor");
  }
  for (std::size_t i = 1; i < readings.size(); ++i) {
    if (readings[i].time < readings[i - 1].time) {
      return broken(facts, "the time of the readings went back", "measure again");
    }
  }
  if (readings.back().time <= readings.front().time) {
    return broken(facts, "all readings have one time", "measure again");
  }
  return facts.reads == Reads::energy ? counted(facts, readings, to - from)
                                      : integrated(facts, readings, from, to);
}

}  // namespace forecost::measurement
