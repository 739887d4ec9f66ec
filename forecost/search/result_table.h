// SPDX-License-Identifier: Apache-2.0
/// Precomputed results of designs, from a CSV file: an objective without training.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/evaluator.h"
#include "forecost/search/problem.h"

namespace forecost::search {

class ResultTable {
 public:
  /// The first line names the columns: every parameter of the space must be one, every other column with
  /// numbers is a metric; cells may be quoted, empty cells are absent metrics. Rows of the same design become
  /// their mean. Fails: `not_found`; `bad_input` with the line.
  static Result<ResultTable> read(const std::filesystem::path& file, const Space& space);

  /// Nothing where the table has no such design.
  const Metrics* find(const Design& design) const;
  std::size_t size() const { return rows_.size(); }
  std::vector<Design> designs() const;  ///< of the rows, ordered by their values
  const std::vector<std::string>& metrics() const { return metrics_; }

 private:
  using Key = std::vector<double>;
  struct Sum {
    Metrics metrics;
    std::map<std::string, int, std::less<>> counts;
  };
  Status add(const std::vector<std::string>& cells, const Space& space, const std::string& where,
             std::map<Key, Sum>& sums);

  std::vector<std::string> columns_;
  std::vector<std::string> metrics_;
  std::map<Key, Metrics> rows_;  ///< values with what is not active as -1e300
};

/// Looks a trial up; a design that is not in the table is a failed trial.
Evaluator table_evaluator(std::shared_ptr<const ResultTable> table);

}  // namespace forecost::search
