// SPDX-License-Identifier: Apache-2.0
/// Published results of networks and training runs as search problems: what a trial gives stands in a table.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "known_problems.h"

namespace forecost::studies {

/// One table. Rows without a score are left out.
struct TableRows {
  std::string name;
  search::Space space;
  std::vector<search::Design> designs;
  std::vector<double> score;                         ///< to be small: error in points, or energy in joules
  std::vector<double> early;                         ///< score after 12 of 200 epochs; or empty
  std::vector<double> seconds;                       ///< of the whole training; or empty
  std::map<std::string, std::vector<double>> costs;  ///< by what is limited
  /// Of a row's network; empty where the table does not say which network it is.
  std::function<Result<search::Capacity>(const search::Design&)> capacity;
  double near = 0.5;      ///< a score this close to the best one counts as found ...
  bool relative = false;  ///< ... in points, or as a share of the best one

  /// Index of a design's row.
  std::optional<std::size_t> find(const search::Design& design) const;
  void index();  ///< to be called once when the rows are complete

 private:
  std::map<std::vector<double>, std::size_t> index_;
};

/// The tables of a folder like ../shared/data (its README.md names sources and licences): nasbench201, three
/// data sets (Dong and Yang 2020; latency: Lee et al. 2021), accel_nasbench (Ahmad et al. 2024), mlperf_edge,
/// one per platform (MLPerf Inference), zeus, one per training job (You et al. 2023). Fails: `not_found` for
/// a folder that is not there; `bad_input` for files that are not what they were. `wanted`: names that begin
/// so, "nasbench201.cifar10.raspi4"; tables that hold none of them are not read; empty: all.
Result<std::vector<std::shared_ptr<const TableRows>>> read_tables(
    const std::filesystem::path& folder, const std::vector<std::string>& wanted = {});

/// A table under a limit: objective f, known limit on `cost` at one of its quantiles.
struct KnownTable {
  KnownProblem known;  ///< optimum: the least score of a row that holds the limit
  std::shared_ptr<const TableRows> rows;
  std::string cost;
  double bound = 0;
  double found = 0;  ///< scores up to here count as found
};
/// "nasbench201.cifar10.raspi4.at_5": every table, every cost, limits at the 5, 10, 25 and 50 % quantile.
/// Capacities are computed when they are asked for, and remembered: not from several threads.
std::vector<KnownTable> known_tables(const std::vector<std::shared_ptr<const TableRows>>& tables);

}  // namespace forecost::studies
