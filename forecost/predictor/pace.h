// SPDX-License-Identifier: Apache-2.0
/// The pace of a device: how long things take now, beside how long they took while it was calibrated. Shared
/// machines drift by several percent within an hour, all kernels more or less alike; a few networks of the
/// calibration, measured again in some seconds, tell by how much.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/measurement/measure.h"
#include "forecost/predictor/family.h"

namespace forecost::predictor {

struct Pace {
  double factor = 1;  ///< time now over time at calibration, median over the networks
  double low = 1;     ///< 90 % confidence interval of that median, by its ranks
  double high = 1;
  double spread = 0;  ///< half the range between the quartiles of the networks' logarithms
  int networks = 0;
  std::string measured;  ///< ISO 8601, UTC
};

/// Networks of a calibration to measure again: up to `count`, spread evenly over what the predictor forecasts
/// for them, each the one of its range on which predictor and calibration agree best, so that a difference is
/// the machine's. Left out are those measured with emptied caches, those that take longer than `longest`, and
/// those that name and multiply-accumulates do not rebuild. Some milliseconds per network.
std::vector<measurement::Item> yardsticks(const std::vector<measurement::Record>& calibration,
                                          const Predictor& predictor, const std::string& kind,
                                          std::size_t count = 30, Seconds longest = Seconds(0.1));

/// What measuring them again says: the median of time now over time then.
/// Fails: `interrupted` with fewer than 5 networks that the calibration knows.
Result<Pace> pace_of(std::span<const measurement::Record> again,
                     const std::vector<measurement::Record>& calibration);

/// The predictor with all its times multiplied, power as it was; intervals keep their relative width. What it
/// saves is the predictor as it was calibrated.
std::unique_ptr<Predictor> at_pace(std::unique_ptr<Predictor> predictor, double factor);

nlohmann::json to_json(const Pace& pace);
/// Throws nlohmann::json::exception where fields are missing.
Pace pace_from(const nlohmann::json& saved);

}  // namespace forecost::predictor
