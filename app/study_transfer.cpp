// SPDX-License-Identifier: Apache-2.0
#include "app/study_transfer.h"

#include <cstdio>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/studies.h"
#include "forecost/search/optuna_study.h"
#include "forecost/search/trial_json.h"

namespace forecost::app {
namespace {

using nlohmann::json;

constexpr const char* export_format = "forecost.study_export";
constexpr int export_version = 1;
constexpr std::string_view sqlite_magic("SQLite format 3\0", 16);

Status write_lines(const StoredStudy& study, const std::string& file) {
  std::string text = json({{"format", export_format},
                           {"version", export_version},
                           {"name", study.info.name},
                           {"seed", study.info.seed},
                           {"definition", study.info.definition}})
                         .dump() +
                     "\n";
  for (const search::Trial& trial : study.trials) {
    text += search::to_json(study.problem.space, trial).dump() + "\n";
  }
  if (file.empty()) return print(text);
  std::ofstream stream(file, std::ios::binary);
  if (!(stream << text << std::flush)) {
    return Error{Fault::permission, "the file cannot be written", file, "check the folder and the disk"};
  }
  return Done{};
}

/// What a file holds, whatever its kind.
struct Arrival {
  std::string name;
  std::string definition;
  std::uint64_t seed = 1;
  search::Space space;
  std::vector<search::Trial> trials;
};

Error malformed(const std::string& file, std::size_t line, std::string what) {
  return {Fault::bad_input, std::move(what), fmt::format("{}:{}", file, line),
          "give a file that forecost study export wrote, or an Optuna storage"};
}

Result<Arrival> read_lines(std::istream& stream, const std::string& file) {
  std::string line;
  std::getline(stream, line);
  const json head = json::parse(line, nullptr, false);
  if (!head.is_object() || head.value("format", json()) != export_format || !head.contains("name") ||
      !head["name"].is_string() || !head.contains("definition") || !head["definition"].is_string() ||
      !head.contains("seed") || !head["seed"].is_number_unsigned()) {
    return malformed(file, 1, "this is no exported study");
  }
  if (head.value("version", json()) != export_version) {
    return Error{Fault::unsupported, "the export has another version", file, "update Forecost"};
  }
  Arrival arrival{head["name"].get<std::string>(),
                  head["definition"].get<std::string>(),
                  head["seed"].get<std::uint64_t>(),
                  {},
                  {}};
  FORECOST_TRY(search::StudyFile study, search::parse_study(arrival.definition, arrival.name));
  arrival.space = std::move(study.space);
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    Result<search::Trial> trial = search::trial_from_json(arrival.space, json::parse(line, nullptr, false));
    if (!trial) return malformed(file, number, trial.error().what);
    arrival.trials.push_back(*std::move(trial));
  }
  return arrival;
}

Result<Arrival> read_file(const TransferOptions& options) {
  std::ifstream stream(options.file, std::ios::binary);
  std::string start(sqlite_magic.size(), '\0');
  if (!stream || !stream.read(start.data(), 1)) {
    return Error{Fault::not_found, "the file cannot be read", options.file, "check its name"};
  }
  stream.read(start.data() + 1, static_cast<std::streamsize>(start.size() - 1));
  if (start != sqlite_magic) {
    stream.clear();
    stream.seekg(0);
    return read_lines(stream, options.file);
  }
  FORECOST_TRY(search::OptunaImport study, search::read_optuna(options.file, options.name));
  if (study.left_out > 0) {
    fmt::print(stderr, "note: {} trials that never got a whole design are left out\n", study.left_out);
  }
  return Arrival{std::move(study.name), std::move(study.definition), study.seed, std::move(study.space),
                 std::move(study.trials)};
}

}  // namespace

Status export_study(const TransferOptions& options, const Session& session) {
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const StoredStudy study, load_study(*store, options.name));
  if (options.format != "optuna") return write_lines(study, options.file);
  if (options.file.empty()) {
    return Error{Fault::bad_input, "an Optuna storage is a file", options.name,
                 "name it: forecost study export NAME FILE.db --format optuna"};
  }
  return search::write_optuna({study.info, study.problem, study.trials}, options.file);
}

Status import_study(const TransferOptions& options, const Session& session) {
  FORECOST_TRY(const Arrival arrival, read_file(options));
  const std::string name = options.new_name.empty() ? arrival.name : options.new_name;
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const search::StudyInfo info, store->enter(name, arrival.definition, arrival.seed));
  if (info.trials > 0) {
    return Error{Fault::bad_input, fmt::format("study '{}' has {} trials already", name, info.trials), name,
                 "import under another name with --as, or delete the old one"};
  }
  for (const search::Trial& trial : arrival.trials) {
    FORECOST_TRY([[maybe_unused]] const Done done, store->import(info.id, arrival.space, trial));
  }
  return Done{};
}

}  // namespace forecost::app
