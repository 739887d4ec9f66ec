// SPDX-License-Identifier: Apache-2.0
/// What several trained networks answered to the same samples, and how sure they were
/// (docs/formats/scores.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"

namespace forecost::deployment {

/// How sure a network is, from its scores per class as probabilities p.
enum class Confidence {
  margin,  ///< largest p - second largest (Park et al., CODES+ISSS 2015)
  top,     ///< largest p
  entropy  ///< 1 - entropy of p / log(classes)
};
/// Fails: `bad_input`, the hint lists them.
Result<Confidence> parse_confidence(std::string_view name);

/// One network's answers, one entry per sample.
struct Answers {
  std::string network;
  std::vector<double> confidence;
  std::vector<std::uint8_t> correct;  ///< 1 where the answer is the label
};

struct Scores {
  std::vector<std::string> samples;  ///< in the order of the file
  std::vector<Answers> networks;     ///< likewise
  /// Where the file says which half a sample belongs to: 0 tune, 1 report. Empty where it does not.
  std::vector<std::uint8_t> half;
  bool softmax = false;  ///< scores were no probabilities: confidence is that of their softmax
};

/// Scores that are >= 0 and sum to 1 (within 1 %) in every row are probabilities; otherwise the softmax of
/// every row is. The answer is the class with the largest score, the first of equals.
/// Fails: `not_found`; `bad_input` with the line: a sample twice or missing for a network, two labels for one
/// sample, no or mixed columns for the answer, cells that are no numbers.
Result<Scores> read_scores(const std::filesystem::path& file, Confidence confidence);

/// Indexes of the samples: those that thresholds are chosen on, and those that results are reported on.
struct Halves {
  std::vector<std::uint32_t> tune;
  std::vector<std::uint32_t> report;
};

/// As the file says; otherwise `share` of the samples, drawn with `seed`, are for tuning. Sorted.
/// Fails: `bad_input` when a half has no sample.
Result<Halves> halve(const Scores& scores, double share, std::uint64_t seed);

}  // namespace forecost::deployment
