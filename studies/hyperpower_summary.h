// SPDX-License-Identifier: Apache-2.0
/// Runs of the study `hyperpower`, compared as the paper's tables do.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "forecost/report/figure.h"

namespace forecost::studies {

/// A training that ended, or a design that was skipped by its forecast alone.
struct Event {
  double seconds = 0;  ///< since the run began
  bool skipped = false;
  bool breaks = false;      ///< trained although it breaks a limit
  double error = INFINITY;  ///< percent
  bool feasible() const { return std::isfinite(error) && !breaks; }
};
using Run = std::vector<Event>;

inline double mean_of(const std::vector<double>& values) {
  return values.empty()
             ? NAN
             : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

inline double best_error(const Run& run) {
  double best = INFINITY;
  for (const Event& event : run) best = event.feasible() ? std::min(best, event.error) : best;
  return best;
}

/// When a run first had this error; infinity: never.
inline double time_to_error(const Run& run, double error) {
  for (const Event& event : run) {
    if (event.feasible() && event.error <= error) return event.seconds;
  }
  return INFINITY;
}

inline double trainings(const Run& run) {
  return static_cast<double>(
      std::count_if(run.begin(), run.end(), [](const Event& e) { return !e.skipped; }));
}

inline double violations(const Run& run) {
  return static_cast<double>(std::count_if(run.begin(), run.end(), [](const Event& e) { return e.breaks; }));
}

/// Default against HyperPower of one method and seed, as the paper's tables compare them.
struct Comparison {
  double samples_speed_up = NAN;  ///< time until as many designs were considered as default had in the end
  double error_speed_up = NAN;    ///< time until the best error of default
  double more_samples = NAN;      ///< designs considered in the same time
};

inline Comparison compared(const Run& plain, const Run& aware) {
  Comparison result;
  if (plain.empty() || aware.empty()) return result;
  result.more_samples = static_cast<double>(aware.size()) / static_cast<double>(plain.size());
  if (aware.size() >= plain.size()) {
    result.samples_speed_up = plain.back().seconds / aware[plain.size() - 1].seconds;
  }
  const double error = best_error(plain);
  if (std::isfinite(error)) {
    const double there = time_to_error(aware, error);
    result.error_speed_up = std::isfinite(there) ? time_to_error(plain, error) / there : NAN;
  }
  return result;
}

inline std::string shown(double value, const char* form) {
  return std::isfinite(value) ? fmt::format(fmt::runtime(form), value) : "-";
}

inline void print_figure(const std::string& name, double value, const std::string& unit) {
  if (!std::isfinite(value)) {
    std::cout << report::absent_line(name, "not reached in the time given") << '\n';
    return;
  }
  std::cout << report::result_line({.key = name, .value = value, .unit = unit}) << '\n';
}

struct Pair {
  std::string method;
  std::vector<Run> plain, aware;  ///< by seed
};

class Summary {
 public:
  /// `key`: what the names of all figures begin with.
  explicit Summary(std::string key) : key_(std::move(key)) {}

  static void print_head() {
    std::cout << fmt::format("{:10} {:>19} {:>15} {:>15} {:>9} {:>9} {:>9}\n", "", "best error, %",
                             "trainings", "break a limit", "same", "same", "designs")
              << fmt::format("{:10} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>9} {:>9} {:>9}\n", "", "default",
                             "Hyper", "default", "Hyper", "default", "Hyper", "designs", "error", "in all")
              << std::flush;
  }

  void add(const Pair& pair) {
    std::vector<double> error[2], count[2], breaks[2], samples, errors, more;
    for (std::size_t i = 0; i < pair.plain.size(); ++i) {
      const Run* runs[] = {&pair.plain[i], &pair.aware[i]};
      for (std::size_t side = 0; side < 2; ++side) {
        error[side].push_back(best_error(*runs[side]));
        count[side].push_back(trainings(*runs[side]));
        breaks[side].push_back(violations(*runs[side]));
      }
      const Comparison one = compared(*runs[0], *runs[1]);
      for (const auto& value : {std::pair(&samples, one.samples_speed_up),
                                std::pair(&errors, one.error_speed_up), std::pair(&more, one.more_samples)}) {
        if (std::isfinite(value.second)) value.first->push_back(value.second);
      }
      most_[0] = std::max(most_[0], std::isfinite(one.samples_speed_up) ? one.samples_speed_up : 0);
      most_[1] = std::max(most_[1], std::isfinite(one.error_speed_up) ? one.error_speed_up : 0);
      most_[2] = std::max(most_[2], std::isfinite(one.more_samples) ? one.more_samples : 0);
    }
    broken_ += std::accumulate(breaks[1].begin(), breaks[1].end(), 0.0);
    std::cout << fmt::format("{:10} {:>9} {:>9} {:>7.0f} {:>7.0f} {:>7.0f} {:>7.0f} {:>9} {:>9} {:>9}\n",
                             pair.method, shown(mean_of(error[0]), "{:.2f}"),
                             shown(mean_of(error[1]), "{:.2f}"), mean_of(count[0]), mean_of(count[1]),
                             mean_of(breaks[0]), mean_of(breaks[1]), shown(mean_of(samples), "{:.2f}x"),
                             shown(mean_of(errors), "{:.2f}x"), shown(mean_of(more), "{:.2f}x"))
              << std::flush;
    const std::string key = key_ + pair.method + ".";
    print_later(key + "default.error", mean_of(error[0]), "%");
    print_later(key + "error", mean_of(error[1]), "%");
    print_later(key + "default.violations", mean_of(breaks[0]), "");
    print_later(key + "violations", mean_of(breaks[1]), "");
    print_later(key + "samples_speed_up", mean_of(samples), "x");
    print_later(key + "error_speed_up", mean_of(errors), "x");
    print_later(key + "more_samples", mean_of(more), "x");
  }

  void print() const {
    std::cout << fmt::format(
        "up to: {:.2f}x, {:.2f}x, {:.2f}x here; published, for other networks on a GTX 1070 and a Tegra TX1: "
        "112.99x, "
        "30.12x, 57.20x\n\n",
        most_[0], most_[1], most_[2]);
    for (const Later& figure : later_) print_figure(figure.key, figure.value, figure.unit);
    print_figure(key_ + "samples_speed_up_most", most_[0], "x");
    print_figure(key_ + "error_speed_up_most", most_[1], "x");
    print_figure(key_ + "more_samples_most", most_[2], "x");
    std::cout << report::result_line({.key = key_ + "trainings_that_break_a_known_limit",
                                      .value = broken_,
                                      .goal = report::Figure::Goal::at_most,
                                      .limit = 0})
              << '\n';
  }

 private:
  struct Later {
    std::string key;
    double value = 0;
    std::string unit;
  };
  void print_later(std::string key, double value, std::string unit) {
    later_.push_back({std::move(key), value, std::move(unit)});
  }

  std::string key_;
  std::vector<Later> later_;
  double most_[3] = {0, 0, 0};
  double broken_ = 0;
};

}  // namespace forecost::studies
