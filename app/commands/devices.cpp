// SPDX-License-Identifier: Apache-2.0
#include "app/devices.h"

#include <fmt/format.h>

#include "app/command.h"

namespace forecost::app {
namespace {

std::vector<report::Value> row_of(const std::string& name, const predictor::SavedPredictor& saved) {
  const device::Card& card = saved.predictor->card();
  const device::Identity& identity = card.identity;
  const auto peak = card.peak_operations.find("float32");
  const report::Value rate =
      peak == card.peak_operations.end() ? report::Value() : report::Value(peak->second * 1e-9);
  const report::Value bandwidth =
      card.memory.empty() ? report::Value() : report::Value(card.memory.back().bandwidth * 1e-9);
  const report::Value error = saved.validation && saved.validation->networks.count > 0
                                  ? report::Value(report::Share{saved.validation->networks.mape})
                                  : report::Value();
  return {
      name,
      identity.processor,
      identity.runtime_version.empty() ? identity.runtime : identity.runtime + " " + identity.runtime_version,
      static_cast<std::int64_t>(identity.settings.threads),
      rate,
      bandwidth,
      std::string(saved.predictor->family()),
      static_cast<std::int64_t>(saved.provenance.networks),
      error,
      saved.pace ? report::Value(saved.pace->factor) : report::Value(),
      saved.provenance.created};
}

Status devices(const Session& session) {
  using report::Audience;
  report::Table table{.key = "devices",
                      .title = "",
                      .columns = {{"name", "device"},
                                  {"processor", "processor", Audience::everyone, 4},
                                  {"runtime", "runtime", Audience::everyone, 2},
                                  {"threads", "threads"},
                                  {"peak_gops", "Gop/s", Audience::everyone, 3},
                                  {"bandwidth_gbs", "GB/s", Audience::everyone, 3},
                                  {"family", "predictor", Audience::everyone, 2},
                                  {"networks", "measured", Audience::everyone, 5},
                                  {"network_mape", "mean error"},
                                  {"pace", "pace", Audience::everyone, 2},
                                  {"created", "calibrated", Audience::everyone, 1}},
                      .rows = {}};
  report::Report report{.kind = "forecost.list",
                        .version = 1,
                        .title = "Calibrated devices",
                        .facts = {},
                        .tables = {},
                        .warnings = {},
                        .csv_table = "devices"};
  report.facts = {{"home", "kept in", session.home.string(), Audience::people}};
  for (const std::string& name : calibrated_devices(session)) {
    const Result<predictor::SavedPredictor> saved = load_device(session, name);
    if (saved) {
      table.rows.push_back(row_of(name, *saved));
    } else {
      report.warnings.push_back(
          {"device " + name + " cannot be used: " + saved.error().what, saved.error().hint});
    }
  }
  if (table.rows.empty())
    report.warnings.push_back({"no device is calibrated yet", "run forecost calibrate"});
  report.tables.push_back(std::move(table));
  return print(session, {report});
}

}  // namespace

void add_devices(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("devices", "Calibrated devices, their roofs and the error of their predictors");
  command->footer(examples({"forecost devices", "forecost devices --format json"}));
  command->callback([&invocation] { invocation.run = devices; });
}

}  // namespace forecost::app
