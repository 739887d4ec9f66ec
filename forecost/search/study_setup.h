// SPDX-License-Identifier: Apache-2.0
/// From a study file to what the loop runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/evaluator.h"
#include "forecost/search/known_costs.h"
#include "forecost/search/problem.h"
#include "forecost/search/result_table.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_file.h"

namespace forecost::search {

struct StudySetup {
  Problem problem;
  std::unique_ptr<Strategy> strategy;
  StopRule stop_rule;   ///< empty where the file names none
  Evaluator evaluator;  ///< empty where the file names no objective; its metrics hold the known ones too
};

using Predictors = std::map<std::string, std::shared_ptr<const predictor::Predictor>>;

/// `predictors`: of the study's devices. `system` must outlive the result.
/// Where the objective is a table without every design of the space, its rows are the problem's pool.
/// Fails: as KnownCosts, ResultTable and the strategy do; `bad_input` for a metric that the table lacks.
Result<StudySetup> set_up(const StudyFile& study, const Predictors& predictors, const device::System& system);

/// JSON that a program gets as `recipe` with a design.
using RecipeText = std::function<Result<std::string>(const Design&)>;

/// The study's command with a recipe; its metrics hold the known ones too. `system` must outlive the result.
Evaluator command_with(const StudyFile& study, const Problem& problem, RecipeText recipe,
                       const device::System& system);

/// What the trials of a study are judged by, without forecasts: its objectives, and its limits but for those
/// between parameters, which every proposal holds.
Problem judging_problem(const StudyFile& study);

}  // namespace forecost::search
