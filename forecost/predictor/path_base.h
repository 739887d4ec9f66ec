// SPDX-License-Identifier: Apache-2.0
/// The physical part of the path model: per path, a non-negative sum of physical terms times a factor per
/// variant.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/predictor/path_samples.h"

namespace forecost::predictor {

/// What one path's measurements say.
struct PathBase {
  Terms coefficients{};
  int samples = 0;
  Features low{};  ///< smallest and largest measured value of every feature
  Features high{};
};

/// Where a kernel stands among the measured ones.
struct Place {
  int path = -1;          ///< index, -1: never measured
  double log_factor = 0;  ///< of its variant
  double excess = 0;      ///< how far beyond the measured extents, in logarithms past a factor of 1.5
};

class PathBases {
 public:
  /// Paths with >= 15 samples from >= 6 groups fit all terms, with >= 6 from >= 4 five of them, below that
  /// the roofline's efficiency alone, shrunk to that of all paths together: a few small kernels say nothing
  /// about how a term grows.
  static PathBases fit(std::span<const Sample> samples);

  Place place(const std::string& path, const std::string& variant, const Features& features) const;
  /// Seconds, > 0.
  double time(int path, const Terms& terms) const;

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<PathBase>& paths() const { return paths_; }

  nlohmann::json save() const;
  static PathBases load(const nlohmann::json& saved);

 private:
  std::vector<std::string> names_;  ///< sorted
  std::vector<PathBase> paths_;
  std::map<std::string, double> factors_;  ///< logarithms, by variant
  Terms anywhere_{};                       ///< for paths never measured
};

}  // namespace forecost::predictor
