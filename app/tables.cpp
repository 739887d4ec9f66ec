// SPDX-License-Identifier: Apache-2.0
#include "app/tables.h"

#include "forecost/accelerator/accelerator.h"
#include "forecost/device/runner.h"
#include "forecost/layer/kernel.h"
#include "forecost/layer/op_rule.h"
#include "forecost/network/zoo.h"
#include "forecost/predictor/family.h"
#include "forecost/search/space_entry.h"
#include "forecost/search/strategy.h"
#include "forecost/training/data_entry.h"

namespace forecost::app {
namespace {

report::Report list_of(report::Table table, std::string title) {
  const std::string key = table.key;
  report::Report report{.kind = "forecost.list",
                        .version = 1,
                        .title = std::move(title),
                        .facts = {},
                        .tables = {},
                        .warnings = {},
                        .csv_table = key};
  report.tables.push_back(std::move(table));
  return report;
}

/// 0 marks a count that nobody published.
template <typename Count>
report::Value published(std::int64_t count) {
  return count > 0 ? report::Value(Count(count)) : report::Value();
}

}  // namespace

report::Report zoo_report() {
  report::Table table{.key = "networks",
                      .title = "",
                      .columns = {{"name", "name"},
                                  {"summary", "network"},
                                  {"parameters", "parameters"},
                                  {"macs", "MACs"},
                                  {"source", "counts published in", report::Audience::everyone, 1}},
                      .rows = {}};
  for (const network::ZooEntry& entry : network::zoo_entries()) {
    table.rows.push_back({std::string(entry.name), std::string(entry.summary),
                          published<Operations>(entry.parameters), published<Macs>(entry.macs),
                          std::string(entry.source)});
  }
  return list_of(std::move(table), "Networks that `forecost zoo NAME -o FILE` writes, published counts");
}

report::Report operator_report() {
  report::Table table{.key = "operators",
                      .title = "",
                      .columns = {{"op", "operator"}, {"domain", "domain"}, {"summary", "what it does"}},
                      .rows = {}};
  for (const layer::OpRule& rule : layer::op_rules()) {
    table.rows.push_back({std::string(rule.op), std::string(rule.domain.empty() ? "ai.onnx" : rule.domain),
                          std::string(rule.summary)});
  }
  return list_of(std::move(table), "Operators with exact shape and cost rules");
}

report::Report runner_report() {
  report::Table table{.key = "runners",
                      .title = "",
                      .columns = {{"name", "runner"}, {"summary", "what it does"}},
                      .rows = {}};
  for (const device::RunnerCard& card : device::runner_list()) {
    table.rows.push_back({std::string(card.name), std::string(card.summary)});
  }
  return list_of(std::move(table), "Runners, best first");
}

report::Report runtime_report() {
  report::Table table{.key = "runtimes",
                      .title = "",
                      .columns = {{"name", "runtime"}, {"summary", "what is known of it"}},
                      .rows = {}};
  for (const layer::Runtime& runtime : layer::runtime_list()) {
    table.rows.push_back({std::string(runtime.name), std::string(runtime.summary)});
  }
  return list_of(std::move(table), "Runtimes whose fusion rules are built in");
}

report::Report family_report() {
  report::Table table{.key = "families",
                      .title = "",
                      .columns = {{"name", "family"},
                                  {"summary", "how it predicts"},
                                  {"needs_measurements", "needs data"},
                                  {"source", "source", report::Audience::everyone, 1}},
                      .rows = {}};
  for (const predictor::Family& family : predictor::family_list()) {
    table.rows.push_back({std::string(family.name), std::string(family.summary), family.needs_measurements,
                          std::string(family.source)});
  }
  return list_of(std::move(table), "Predictor families, the default first");
}

report::Report strategy_report() {
  report::Table table{.key = "strategies",
                      .title = "",
                      .columns = {{"name", "strategy"}, {"summary", "how it proposes"}},
                      .rows = {}};
  for (const search::StrategyEntry& strategy : search::strategy_list()) {
    table.rows.push_back({std::string(strategy.name), std::string(strategy.summary)});
  }
  return list_of(std::move(table), "Search strategies, the default first");
}

report::Report space_report() {
  report::Table table{.key = "spaces",
                      .title = "",
                      .columns = {{"name", "space"},
                                  {"summary", "what is searched"},
                                  {"parameters", "parameters"},
                                  {"source", "source", report::Audience::everyone, 1}},
                      .rows = {}};
  for (const search::SpaceEntry& entry : search::space_list()) {
    table.rows.push_back({std::string(entry.name), std::string(entry.summary),
                          static_cast<std::int64_t>(entry.space().size()), std::string(entry.source)});
  }
  return list_of(std::move(table), "Built-in spaces for [network] of a study file");
}

report::Report data_report() {
  report::Table table{.key = "data",
                      .title = "",
                      .columns = {{"name", "data"},
                                  {"summary", "what networks are trained on"},
                                  {"generated", "without files"},
                                  {"source", "source", report::Audience::everyone, 1}},
                      .rows = {}};
  for (const training::DataEntry& entry : training::data_list()) {
    table.rows.push_back(
        {std::string(entry.name), std::string(entry.summary), entry.generated, std::string(entry.source)});
  }
  return list_of(std::move(table), "Data of the trainer, the default first");
}

report::Report accelerator_report() {
  report::Table table{.key = "accelerators",
                      .title = "",
                      .columns = {{"name", "accelerator"},
                                  {"summary", "what it is"},
                                  {"source", "source", report::Audience::everyone, 1}},
                      .rows = {}};
  for (const accelerator::AcceleratorEntry& entry : accelerator::accelerator_list()) {
    table.rows.push_back({std::string(entry.name), std::string(entry.summary), std::string(entry.source)});
  }
  return list_of(std::move(table), "Accelerators that --on takes beside calibrated devices");
}

}  // namespace forecost::app
