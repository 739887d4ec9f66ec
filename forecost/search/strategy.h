// SPDX-License-Identifier: Apache-2.0
/// What proposes the next design. Ask/tell: the history is the state.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"
#include "forecost/search/problem.h"

namespace forecost::search {

struct Proposal {
  Design design;
  std::string reason;  ///< one sentence for people
};

/// A pure function of problem, history and seed: the same arguments give the same proposal on every machine
/// with any number of threads, whatever was asked before. An object may keep what it computed, as long as
/// that holds. Promises of every strategy: the design lies in the space, is allowed by the known limits, and
/// was not proposed before (waiting and running trials count) unless the space is used up.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// `history`: by number, with waiting and running trials. The trial's number is history.size().
  /// Fails: `exhausted` when every allowed design was tried; `unsupported` for a problem it does not handle.
  virtual Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                                   std::uint64_t seed) = 0;
};

/// A line of `forecost list strategies` and of strategies.txt.
struct StrategyEntry {
  std::string_view name;
  std::string_view summary;
  /// `options`: an object, empty for defaults. Fails: `bad_input` naming the option.
  Result<std::unique_ptr<Strategy>> (*make)(const nlohmann::json& options);
};

const std::vector<StrategyEntry>& strategy_list();
const StrategyEntry* find_strategy(std::string_view name);

}  // namespace forecost::search
