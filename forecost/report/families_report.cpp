// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/families_report.h"

#include <fmt/format.h>

namespace forecost::report {
namespace {

using predictor::Entrant;
using predictor::ErrorSummary;

/// Power has no interval of its own, so its coverage is left empty.
std::vector<Value> row_of(const Entrant& entrant, const std::string& of, const ErrorSummary& errors) {
  const Value coverage = of == "power" ? Value() : Value(Share{errors.coverage});
  return {entrant.family,
          of,
          static_cast<std::int64_t>(errors.count),
          Share{errors.rmspe},
          Share{errors.mape},
          Share{errors.median},
          Share{errors.within_5},
          Share{errors.within_10},
          errors.spearman,
          coverage,
          Bytes(entrant.bytes),
          entrant.fit_time};
}

}  // namespace

Report families_report(const std::string& device, const std::vector<Entrant>& entrants, int folds) {
  Report report{.kind = "forecost.families",
                .version = 1,
                .title = "Predictor families on " + device,
                .facts = {},
                .tables = {},
                .warnings = {},
                .csv_table = "families"};
  report.facts = {{"device", "device", device}, {"folds", "folds", static_cast<std::int64_t>(folds)}};
  Table table{.key = "families",
              .title = "Errors on groups that were left out, the same folds for every family",
              .columns = {{"family", "family"},
                          {"of", "of"},
                          {"count", "count", Audience::everyone, 4},
                          {"rmspe", "RMSPE"},
                          {"mape", "MAPE"},
                          {"median", "median", Audience::everyone, 2},
                          {"within_5", "within 5 %", Audience::everyone, 3},
                          {"within_10", "within 10 %", Audience::everyone, 1},
                          {"spearman", "rank corr.", Audience::everyone, 3},
                          {"coverage", "coverage", Audience::everyone, 1},
                          {"size_bytes", "size", Audience::everyone, 2},
                          {"fit_ms", "fit", Audience::everyone, 2}},
              .rows = {}};
  for (const Entrant& entrant : entrants) {
    if (!entrant.validation) {
      report.warnings.push_back({fmt::format("{} could not be fitted: {}", entrant.family,
                                             entrant.failed ? entrant.failed->what : "no reason given"),
                                 entrant.failed ? entrant.failed->hint : ""});
      continue;
    }
    table.rows.push_back(row_of(entrant, "kernels", entrant.validation->kernels));
    const auto add = [&](const char* of, const ErrorSummary& errors) {
      if (errors.count > 0) table.rows.push_back(row_of(entrant, of, errors));
    };
    add("networks", entrant.validation->networks);
    add("power", entrant.validation->power);
    add("energy", entrant.validation->energy);
  }
  report.tables.push_back(std::move(table));
  return report;
}

Table terms_table(const predictor::Predictor& predictor) {
  Table table{
      .key = "terms",
      .title = fmt::format("Terms of {}", predictor.family()),
      .columns = {{"part", "kernels"}, {"target", "of"}, {"term", "term"}, {"coefficient", "coefficient"}},
      .rows = {}};
  for (const predictor::ReadableTerm& term : predictor.terms())
    table.rows.push_back({term.part, term.target, term.term, term.coefficient});
  return table;
}

}  // namespace forecost::report
