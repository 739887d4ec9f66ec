// SPDX-License-Identifier: Apache-2.0
/// Runs of other optimizers that were paid for once: one JSON per line in a file that outlives the study.
///
/// A run is the same whenever problem, sampler, seed, number of trials, the optimizer's version and the mark
/// are the same; the mark is what the study says of its problem. A broken last line (a stopped study) is
/// stepped over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "forecost/search/space.h"

namespace forecost::studies {

struct RivalRun {
  std::vector<search::Design> designs;  ///< in order, those that were trials
  std::vector<double> seconds;          ///< CPU time of the optimizer itself, for each of them
  double total() const;
};

struct RunKey {
  std::string problem, sampler, version, mark;
  std::uint64_t seed = 1;
  std::size_t trials = 100;
};

/// Thread-safe. Several studies may append to one file at the same time.
class KeptRuns {
 public:
  /// Reads the file; one that is not there is empty. An empty path keeps runs in memory only.
  explicit KeptRuns(std::filesystem::path file);

  /// Nothing where no run has this key, or its designs are not of this space.
  std::optional<RivalRun> find(const RunKey& key, const search::Space& space) const;
  /// Appends a line; makes the folder where it lacks.
  void add(const RunKey& key, const RivalRun& run, const search::Space& space);

 private:
  std::filesystem::path file_;
  mutable std::mutex guard_;
  std::map<std::string, std::string> lines_;  ///< by the text of the key
};

}  // namespace forecost::studies
