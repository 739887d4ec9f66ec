// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "app/command.h"
#include "forecost/outcome/nearest.h"
#include "forecost/predictor/shared_totals.h"

namespace forecost::app {
namespace {

struct Options {
  std::string file;
  std::string device;
  std::vector<std::string> from;
  predictor::TotalColumns columns;
  int ask = 10;
};

/// The devices to learn from: all but the new one, or those named.
Result<predictor::DeviceTotals> sources(const predictor::DeviceTotals& all, const Options& options) {
  predictor::DeviceTotals chosen;
  std::vector<std::string> names;
  for (const auto& device : all) names.push_back(device.first);
  for (const std::string& name : options.from) {
    const auto found = all.find(name);
    if (found == all.end()) {
      return Error{Fault::not_found, fmt::format("the file has no device '{}'", name), options.file,
                   did_you_mean(name, names)};
    }
    chosen.insert(*found);
  }
  if (options.from.empty()) chosen = all;
  chosen.erase(options.device);
  return chosen;
}

report::Report report_of(const predictor::SharedTotals& totals, const predictor::TotalTimes& measured,
                         std::size_t devices, const Options& options) {
  report::Report report{.kind = "forecost.transfer",
                        .version = 1,
                        .title = "Total times on " + options.device,
                        .facts = {},
                        .tables = {},
                        .warnings = {},
                        .csv_table = "networks"};
  report::Table networks{.key = "networks",
                         .title = "Networks",
                         .columns = {{"network", "network"},
                                     {"measured_ms", "measured"},
                                     {"predicted_ms", "predicted"},
                                     {"low_ms", "low"},
                                     {"high_ms", "high"}},
                         .rows = {}};
  std::vector<std::string> open;
  std::int64_t known = 0;
  for (const predictor::NetworkTotal& total : totals.forecast(measured)) {
    const auto found = measured.find(total.network);
    const bool seen = found != measured.end();
    if (seen) ++known;
    if (!seen) open.push_back(total.network);
    networks.rows.push_back({total.network, seen ? report::Value(found->second) : report::Value(), total.time,
                             total.low, total.high});
  }
  report::Table next{.key = "measure_next",
                     .title = "Most telling to measure next",
                     .columns = {{"network", "network"}},
                     .rows = {}};
  if (!open.empty()) {
    for (const std::string& network : totals.most_telling(options.ask, open)) next.rows.push_back({network});
  }
  report.facts = {{"device", "device", options.device},
                  {"devices", "learned from devices", static_cast<std::int64_t>(devices)},
                  {"measured", "networks measured", known}};
  report.tables = {std::move(networks), std::move(next)};
  if (known < 3) {
    report.warnings.push_back({fmt::format("{} networks measured on {} say little", known, options.device),
                               "measure those of the last table and add them to the file"});
  }
  return report;
}

Status transfer(const Options& options, const Session& session) {
  FORECOST_TRY(std::string bytes, session.system->read_text(options.file));
  FORECOST_TRY(const std::string text, record::unpacked(std::move(bytes), options.file));
  FORECOST_TRY(const record::CsvTable csv, record::CsvTable::parse(text, options.file));
  FORECOST_TRY(const predictor::DeviceTotals all, predictor::read_totals(csv, options.columns));
  FORECOST_TRY(const predictor::DeviceTotals others, sources(all, options));
  FORECOST_TRY(const predictor::SharedTotals totals, predictor::SharedTotals::fit(others));
  const auto own = all.find(options.device);
  return print(session, {report_of(totals, own == all.end() ? predictor::TotalTimes{} : own->second,
                                   others.size(), options)});
}

}  // namespace

void add_transfer(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand(
      "transfer", "Total times of networks on a device from a few measured there and many on other devices");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "CSV file with columns device, network, time_ms; or gzipped")
      ->required();
  command
      ->add_option("--on", options->device, "The new device, as the file calls it; it may have no rows yet")
      ->type_name("DEVICE")
      ->required();
  command->add_option("--from", options->from, "Learn from these devices only; may be repeated")
      ->type_name("DEVICE")
      ->allow_extra_args(false);
  command
      ->add_option("--device-column", options->columns.device,
                   "Columns that name a device, their texts joined by ' | '")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--network-column", options->columns.network, "Column of networks (default network)")
      ->type_name("NAME");
  command
      ->add_option("--time-column", options->columns.time,
                   "Column of times in milliseconds (default time_ms)")
      ->type_name("NAME");
  command->add_option("--ask", options->ask, "Networks to name for measuring next (default 10)")
      ->type_name("COUNT")
      ->check(CLI::Range(0, 1000));
  command->footer(
      examples({"forecost transfer times.csv --on \"my phone\"",
                "forecost transfer times.csv --on new --from a --from b --format csv",
                "forecost transfer bench.csv.gz --on \"board | 4\" --device-column device,threads "
                "--network-column model --time-column min_ms"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return transfer(*options, session); };
  });
}

}  // namespace forecost::app
