// SPDX-License-Identifier: Apache-2.0
/// Measured kernels in the form that the path model learns from.
#pragma once

#include <string>
#include <vector>

#include "forecost/measurement/table.h"
#include "forecost/predictor/features.h"

namespace forecost::predictor {

struct Sample {
  std::string path;
  std::string variant;
  std::string group;
  Terms terms{};
  Features features{};
  double time = 0;    ///< seconds
  double weight = 1;  ///< grows with the square root of time: what is slow matters most in networks; mean 1
};

/// One sample per kind of kernel and group: repeated measurements become their median. Rows without a
/// positive finite time are left out. Kernels of foreign files belong to no network and weigh all alike. The
/// table must be canonical.
std::vector<Sample> samples_of(const measurement::Table& table);

}  // namespace forecost::predictor
