// SPDX-License-Identifier: Apache-2.0
/// Reports of studies: one study with its best designs, and the list of all.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "forecost/report/report.h"
#include "forecost/search/problem.h"
#include "forecost/search/study_store.h"

namespace forecost::report {

struct StudyView {
  const search::StudyInfo& study;
  const search::Problem& problem;
  std::span<const search::Trial> trials;
};

/// Facts of the study, the best design, and the `most` best trials (0: none; feasible ones by the first
/// objective, with several objectives those that no other beats in all).
Report study_report(const StudyView& view, std::size_t most);

/// Every trial by number.
Report trials_report(const StudyView& view, std::size_t most);

Report studies_report(const std::vector<search::StudyInfo>& studies);

/// "trial 12: error 0.034, latency 4.1 ms; best so far (constrained_ei: ...)" for logs.
std::string trial_line(const search::Problem& problem, const search::Trial& trial, bool best);

/// Feasible trials that no other one beats: not worse in all objectives and better in one. By the first
/// objective, ties by number. O(n^2).
std::vector<const search::Trial*> pareto_of(const search::Problem& problem,
                                            std::span<const search::Trial> trials);

}  // namespace forecost::report
