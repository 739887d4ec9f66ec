// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/import.h"

#include <fmt/format.h>

#include "app/command.h"
#include "app/devices.h"

namespace forecost::app {
namespace {

struct Options {
  std::string file;
  std::string map;
};

report::Report report_of(const measurement::ImportMap& map, const measurement::ImportSummary& summary,
                         const Session& session) {
  report::Report report{.kind = "forecost.import",
                        .version = 1,
                        .title = "Imported " + map.name,
                        .facts = {},
                        .tables = {},
                        .warnings = {},
                        .csv_table = "devices"};
  report.facts = {{"name", "data", map.name},
                  {"source", "source", map.source},
                  {"licence", "licence", map.licence},
                  {"rows", "rows in the file", summary.rows},
                  {"known", "rows stored before", summary.known},
                  {"store", "kept in", measurements_file(session).string()}};
  report::Table devices{.key = "devices",
                        .title = "Rows by device",
                        .columns = {{"device", "device"}, {"rows", "rows"}},
                        .rows = {}};
  for (const auto& entry : summary.imported) devices.rows.push_back({entry.first, entry.second});
  report::Table dropped{
      .key = "dropped", .title = "Rows left out", .columns = {{"why", "why"}, {"rows", "rows"}}, .rows = {}};
  for (const measurement::Dropped& rule : summary.dropped) dropped.rows.push_back({rule.why, rule.rows});
  report.tables = {std::move(devices), std::move(dropped)};
  if (summary.imported.empty())
    report.warnings.push_back({"no row was imported", "see the [[drop]] rules of the map"});
  return report;
}

Status import(const Options& options, const Session& session) {
  FORECOST_TRY(const std::string map_text, session.system->read_text(options.map));
  FORECOST_TRY(const measurement::ImportMap map, measurement::parse_import_map(map_text, options.map));
  for (const measurement::MappedDevice& device : map.devices) {
    const std::string wrong = check_device_name(device.card.identity.name);
    if (!wrong.empty()) return Error{Fault::bad_input, wrong, options.map, "rename [devices.NAME]"};
  }
  FORECOST_TRY(std::string bytes, session.system->read_text(options.file));
  const measurement::ImportSource source{.file = options.file,
                                         .bytes = static_cast<std::int64_t>(bytes.size()),
                                         .checksum = record::checksum(bytes),
                                         .map_file = options.map,
                                         .map_text = map_text};
  FORECOST_TRY(const std::string text, record::unpacked(std::move(bytes), options.file));
  FORECOST_TRY(const record::CsvTable csv,
               record::CsvTable::parse(text, options.file, {.separator = map.separator}));
  std::error_code fault;
  std::filesystem::create_directories(session.home, fault);
  FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
  measurement::Provenance provenance;
  provenance.started = session.system->unix_time();
  provenance.command = session.command_line;
  provenance.forecost_version = FORECOST_VERSION;
  FORECOST_TRY(const measurement::ImportSummary summary,
               measurement::import_into(store, csv, map, source, provenance));
  return print(session, {report_of(map, summary, session)});
}

}  // namespace

void add_import(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("import", "Bring measurements that others made into the store");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "CSV file of measured layers, plain or gzipped")->required();
  command->add_option("--map", options->map, "TOML file: what the columns mean (docs/formats/import-map.md)")
      ->type_name("MAP")
      ->required();
  command->footer(examples({"forecost import conv2d.csv.gz --map studies/maps/neusight_conv.toml",
                            "forecost import layers.csv --map layers.toml && forecost fit --on my-board"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return import(*options, session); };
  });
}

}  // namespace forecost::app
