// SPDX-License-Identifier: Apache-2.0
/// A template of six layers with parameters of every sort, and a made-up machine that it runs on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "forecost/predictor/family.h"
#include "forecost/search/cost_table.h"
#include "forecost/search/study_setup.h"

namespace forecost::search::tests {

inline Predictors machines() {
  device::Card card;
  card.identity.name = "machine";
  card.identity.runtime = "onnxruntime";
  card.peak_operations = {{"float32", 5e10}};
  card.memory = {{"L2", Bytes(1 << 20), 8e10}, {"DRAM", Bytes(0), 1e10}};
  return {
      {"machine",
       predictor::find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {}).value()}};
}

/// 8 * 3 * 2 * 6 * (1 + 3) * 4 = 4608 networks times a rate; the widest window does not fit behind the wide
/// pool.
inline StudyFile chain_study(const std::string& limits = "", const std::string& more = "") {
  return parse_study(
             "devices = [\"machine\"]\nminimise = [\"error\"]\nlimits = [" + limits +
                 "]\n[parameters]\n"
                 "width = { type = \"ordinal\", choices = [8, 16, 24, 32, 40, 48, 56, 64] }\n"
                 "window = { type = \"ordinal\", choices = [1, 3, 7] }\n"
                 "pool = { type = \"integer\", low = 2, high = 3 }\n"
                 "depth = { type = \"integer\", low = 0, high = 5 }\n"
                 "head = { type = \"categorical\", choices = [\"relu\", \"silu\"] }\n"
                 "hidden = { type = \"integer\", low = 1, high = 3, when = { head = \"silu\" } }\n"
                 "last = { type = \"integer\", low = 1, high = 4 }\n"
                 "rate = { type = \"real\", low = 0.001, high = 0.1, log = true }\n" +
                 more +
                 "[network]\ninput = [3, 16, 16]\nlayers = [\n"
                 "{ type = \"conv\", channels = \"$width\", kernel = 3, norm = true },\n"
                 "{ type = \"max_pool\", kernel = \"$pool\" },\n"
                 "{ type = \"conv\", channels = \"$width * 2\", kernel = \"$window\", padding = \"none\" },\n"
                 "{ type = \"residual\", channels = 32, repeat = \"$depth\" },\n"
                 "{ type = \"global_average_pool\" },\n"
                 "{ type = \"linear\", features = \"$hidden * 8 + 8\", activation = \"$head\" },\n"
                 "{ type = \"linear\", features = \"$last\" }]\n",
             "chain.toml")
      .value();
}

inline const std::vector<CostMetric>& chain_metrics() {
  static const std::vector<CostMetric> metrics{{CostKind::parameters, ""},    {CostKind::macs, ""},
                                               {CostKind::operations, ""},    {CostKind::latency, "machine"},
                                               {CostKind::memory, "machine"}, {CostKind::weights, ""}};
  return metrics;
}

/// The table of a chain study's costs, in the order of `chain_metrics`.
struct ChainTable {
  explicit ChainTable(StudyFile file)
      : study(std::move(file)),
        costs(KnownCosts::make(study.network, chain_metrics(), machines()).value()),
        table(CostTable::make(
                  DesignGraph::make(study.space, *study.chain, {}).value(),
                  [this](const Design& design) { return costs->in_parts(design, *study.chain); },
                  chain_metrics().size())
                  .value()) {}

  StudyFile study;
  std::unique_ptr<KnownCosts> costs;
  CostTable table;
};

inline const ChainTable& chain() {
  static const ChainTable one(chain_study());
  return one;
}

}  // namespace forecost::search::tests
