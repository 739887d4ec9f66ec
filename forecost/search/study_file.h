// SPDX-License-Identifier: Apache-2.0
/// A study as one TOML file: what is searched, under which limits, by which strategy, judged by what
/// (docs/formats/study-file.md).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "forecost/network/writer.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"
#include "forecost/search/chain.h"
#include "forecost/search/expression.h"
#include "forecost/search/known_costs.h"
#include "forecost/search/problem.h"
#include "forecost/search/recipe_maker.h"
#include "forecost/search/stop_rules.h"

namespace forecost::search {

/// Where a metric that is known before a trial comes from.
struct KnownSource {
  enum class Kind { cost, column, expression };
  Kind kind = Kind::cost;
  CostKind cost = CostKind::latency;
  std::string device;                             ///< of latency and memory
  std::string column;                             ///< of the table
  std::shared_ptr<const Expression> left, right;  ///< of a rule between parameters; right may be absent
};

/// What judges a design.
struct ObjectiveSource {
  enum class Kind { none, command, table, trainer };
  Kind kind = Kind::none;                     ///< none: a function of the program that uses this library
  std::vector<std::string> command;           ///< words; one word is run by the shell
  Seconds time_out{0};                        ///< of one trial; 0: none
  std::filesystem::path table;                ///< CSV
  std::vector<std::string> known;             ///< columns of the table that are known before a trial
  std::shared_ptr<const RecipeMaker> recipe;  ///< of the trainer

  /// Whether its trials get their network as a file.
  bool takes_network() const { return kind == Kind::command || kind == Kind::trainer; }
  /// The trainer draws weights of its own.
  network::Payload payload() const {
    return kind == Kind::trainer ? network::Payload::hollow : network::Payload::full;
  }
};

struct StudyFile {
  std::string name;
  std::string text;              ///< the file, kept with the study
  std::filesystem::path folder;  ///< that relative paths are of
  Space space;
  NetworkMaker network;  ///< a design's network; empty where the study has none
  WeightRule weights;    ///< empty where no layer says in which format it keeps its weights
  std::string network_name;
  std::optional<Chain> chain;                   ///< of the network, where it is a chain
  std::vector<std::size_t> network_parameters;  ///< that the network depends on, sorted
  std::vector<Objective> objectives;
  std::vector<Limit> limits;
  std::vector<KnownSource> known;  ///< one per limit with `known`, then one per known objective
  std::vector<std::size_t> known_objectives;
  double confidence = 0.5;
  std::vector<std::string> devices;
  std::string strategy;
  nlohmann::json strategy_options;
  std::int64_t trials = 0;
  std::uint64_t seed = 1;
  StopRuleOptions early_stop;
  ObjectiveSource objective;
};

/// `name`: what errors call the file. Fails: `bad_input` with line and column and what to write instead.
Result<StudyFile> parse_study(const std::string& text, const std::filesystem::path& file);
Result<StudyFile> read_study(const std::filesystem::path& file);

}  // namespace forecost::search
