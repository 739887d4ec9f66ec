// SPDX-License-Identifier: Apache-2.0
/// Groups dealt to folds: rows of one group never stand on both sides of a split.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "forecost/measurement/table.h"

namespace forecost::predictor {

using Folds = std::map<std::string, int>;

/// Deals the distinct names to at most `folds` folds by seeded shuffle; the order of `groups` does not
/// matter.
Folds deal(std::span<const std::string> groups, int folds, std::uint64_t seed);

/// Groups of a table's kernel and network rows.
std::vector<std::string> groups_of(const measurement::Table& table);

/// Rows whose group lies in `fold`, or the others.
struct Split {
  measurement::Table training;
  measurement::Table held_out;
};
Split split(const measurement::Table& table, const Folds& folds, int fold);

/// Rows in an order that depends on their contents alone.
measurement::Table canonical(measurement::Table table);

}  // namespace forecost::predictor
