// SPDX-License-Identifier: Apache-2.0
/// How wrong a family is on networks it has not seen: cross-validation by group.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "forecost/predictor/family.h"

namespace forecost::predictor {

/// Errors are of log ratios or relative to the measured value; percentages as fractions (0.05 = 5 %).
struct ErrorSummary {
  int count = 0;
  double mape = 0;           ///< mean |predicted - measured| / measured
  double weighted_mape = 0;  ///< the same weighted by measured time
  double median = 0;
  double rmspe = 0;
  double within_5 = 0;
  double within_10 = 0;
  double spearman = 0;
  double bias = 0;      ///< sum predicted / sum measured - 1
  double coverage = 0;  ///< share inside the 90 % interval
};

/// One forecast beside the truth, in whatever unit both have.
struct NumberPair {
  double measured = 0;
  double predicted = 0;
  double low = 0;
  double high = 0;
};
ErrorSummary summarise(const std::vector<NumberPair>& pairs);

struct Pair {
  Seconds measured;
  Seconds predicted;
  Seconds low;
  Seconds high;
};
ErrorSummary summarise(const std::vector<Pair>& pairs);

struct Validation {
  std::string family;
  int folds = 0;
  ErrorSummary kernels;
  ErrorSummary networks;
  std::map<std::string, ErrorSummary> by_path;
  ErrorSummary power = {};   ///< of kernels whose energy was measured, by families that forecast it
  ErrorSummary energy = {};  ///< power x time of the same kernels
};

/// Fits on all groups but one fold's, predicts that fold's kernels and networks, for every fold.
/// Groups are dealt to folds by seeded shuffle.
Result<Validation> cross_validate(const Family& family, const measurement::Table& table, int folds,
                                  const FitOptions& options = {});

}  // namespace forecost::predictor
