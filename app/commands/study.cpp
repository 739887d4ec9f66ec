// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/studies.h"
#include "forecost/report/study_report.h"
#include "forecost/search/trial_json.h"

namespace forecost::app {
namespace {

using nlohmann::json;

constexpr const char* export_format = "forecost.study_export";
constexpr int export_version = 1;

struct Options {
  std::string store;
  std::string name;
  std::string file;
  std::size_t limit = 0;
};

using Work = Status (*)(const Options&, const Session&);

Status list(const Options& options, const Session& session) {
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const std::vector<search::StudyInfo> studies, store->list());
  return print(session, {report::studies_report(studies)});
}

Status show(const Options& options, const Session& session) {
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const StoredStudy study, load_study(*store, options.name));
  return print(session, {report::trials_report({study.info, study.problem, study.trials}, options.limit)});
}

Status best(const Options& options, const Session& session) {
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const StoredStudy study, load_study(*store, options.name));
  const std::size_t most = options.limit > 0 ? options.limit : 10;
  return print(session, {report::study_report({study.info, study.problem, study.trials}, most)});
}

Status write_out(const Options& options, const Session& session) {
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const StoredStudy study, load_study(*store, options.name));
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
  if (options.file.empty()) return print(text);
  std::ofstream stream(options.file, std::ios::binary);
  if (!(stream << text << std::flush)) {
    return Error{Fault::permission, "the file cannot be written", options.file,
                 "check the folder and the disk"};
  }
  return Done{};
}

Error malformed(const std::string& file, std::size_t line, std::string what) {
  return {Fault::bad_input, std::move(what), fmt::format("{}:{}", file, line),
          "give a file that forecost study export wrote"};
}

Status read_in(const Options& options, const Session& session) {
  std::ifstream stream(options.file, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line)) {
    return Error{Fault::not_found, "the file cannot be read", options.file, "check its name"};
  }
  const json head = json::parse(line, nullptr, false);
  if (!head.is_object() || head.value("format", json()) != export_format || !head.contains("name") ||
      !head["name"].is_string() || !head.contains("definition") || !head["definition"].is_string() ||
      !head.contains("seed") || !head["seed"].is_number_unsigned()) {
    return malformed(options.file, 1, "this is no exported study");
  }
  if (head.value("version", json()) != export_version) {
    return Error{Fault::unsupported, "the export has another version", options.file, "update Forecost"};
  }
  const std::string name = options.name.empty() ? head["name"].get<std::string>() : options.name;
  const std::string definition = head["definition"].get<std::string>();
  FORECOST_TRY(const search::StudyFile study, search::parse_study(definition, name));
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const search::StudyInfo info,
               store->enter(name, definition, head["seed"].get<std::uint64_t>()));
  if (info.trials > 0) {
    return Error{Fault::bad_input, fmt::format("study '{}' has {} trials already", name, info.trials), name,
                 "import under another name with --as, or delete the old one"};
  }
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    const Result<search::Trial> trial =
        search::trial_from_json(study.space, json::parse(line, nullptr, false));
    if (!trial) return malformed(options.file, number, trial.error().what);
    FORECOST_TRY([[maybe_unused]] const Done done, store->import(info.id, study.space, *trial));
  }
  return Done{};
}

Status remove(const Options& options, const Session& session) {
  FORECOST_TRY(const auto store, open_store(session, options.store));
  FORECOST_TRY(const search::StudyInfo info, store->find(options.name));
  return store->remove(info.id);
}

CLI::App* add_part(CLI::App& command, Invocation& invocation, const std::shared_ptr<Options>& options,
                   const std::pair<const char*, const char*>& words, Work work) {
  CLI::App* part = command.add_subcommand(words.first, words.second);
  part->callback([&invocation, options, work] {
    invocation.run = [options, work](const Session& session) { return work(*options, session); };
  });
  return part;
}

}  // namespace

void add_study(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("study", "Look at, move and delete stored studies");
  command->require_subcommand(1);
  command->fallthrough();
  const auto options = std::make_shared<Options>();
  add_store_option(*command, options->store);
  add_part(*command, invocation, options, {"list", "All studies"}, list);
  CLI::App* part = add_part(*command, invocation, options, {"show", "Every trial of a study"}, show);
  part->add_option("NAME", options->name, "Name of the study")->required();
  part->add_option("--limit", options->limit, "Trials to show in tables, 0 for all")->type_name("N");
  part = add_part(*command, invocation, options, {"best", "The best trials of a study"}, best);
  part->add_option("NAME", options->name, "Name of the study")->required();
  part->add_option("--limit", options->limit, "Trials to show in tables (default 10)")->type_name("N");
  part = add_part(*command, invocation, options, {"export", "A study as JSON lines"}, write_out);
  part->add_option("NAME", options->name, "Name of the study")->required();
  part->add_option("-o", options->file, "Write to this file instead of standard output")->type_name("FILE");
  part = add_part(*command, invocation, options, {"import", "A study from JSON lines"}, read_in);
  part->add_option("FILE", options->file, "What forecost study export wrote")->required();
  part->add_option("--as", options->name, "Another name for it")->type_name("NAME");
  part = add_part(*command, invocation, options, {"delete", "Forget a study and its trials"}, remove);
  part->add_option("NAME", options->name, "Name of the study")->required();
  command->footer(examples(
      {"forecost study list", "forecost study best mnist", "forecost study show mnist --format csv",
       "forecost study export mnist -o mnist.jsonl", "forecost study import mnist.jsonl --as copy"}));
}

}  // namespace forecost::app
