// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/studies.h"
#include "app/study_transfer.h"
#include "forecost/report/study_report.h"

namespace forecost::app {
namespace {

struct Options : TransferOptions {
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
  return export_study(options, session);
}

Status read_in(const Options& options, const Session& session) {
  return import_study(options, session);
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
  part =
      add_part(*command, invocation, options, {"export", "A study as JSON lines or as Optuna's"}, write_out);
  part->add_option("NAME", options->name, "Name of the study")->required();
  part->add_option("-o,FILE", options->file, "Write to this file instead of standard output")
      ->type_name("FILE");
  part->add_option("--format", options->format, "jsonl, or optuna: add it to an SQLite storage of Optuna")
      ->check(CLI::IsMember({"jsonl", "optuna"}))
      ->type_name("FORMAT");
  part =
      add_part(*command, invocation, options, {"import", "A study from an export or from Optuna"}, read_in);
  part->add_option("FILE", options->file, "What forecost study export wrote, or an SQLite storage of Optuna")
      ->required();
  part->add_option("--name", options->name, "The study, where a storage of Optuna holds several")
      ->type_name("NAME");
  part->add_option("--as", options->new_name, "Another name for it")->type_name("NAME");
  part = add_part(*command, invocation, options, {"delete", "Forget a study and its trials"}, remove);
  part->add_option("NAME", options->name, "Name of the study")->required();
  command->footer(
      examples({"forecost study list", "forecost study best mnist", "forecost study show mnist --format csv",
                "forecost study export mnist -o mnist.jsonl", "forecost study import mnist.jsonl --as copy",
                "forecost study export mnist optuna.db --format optuna",
                "forecost study import optuna.db --name mnist"}));
}

}  // namespace forecost::app
