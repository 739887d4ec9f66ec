// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <fmt/format.h>

#include "app/command.h"
#include "app/duration.h"
#include "app/interrupt.h"
#include "app/progress.h"
#include "app/slurm_workers.h"
#include "app/studies.h"
#include "forecost/device/temp_folder.h"
#include "forecost/report/study_report.h"
#include "forecost/search/limit_text.h"
#include "forecost/search/owner.h"
#include "forecost/search/study.h"

namespace forecost::app {
namespace {

struct Options {
  std::string file;
  std::string store;
  std::int64_t trials = 0;
  int workers = 1;
  std::string lease = "60s";
  std::size_t limit = 10;
  bool quiet = false;
  SlurmOptions slurm;
};

/// The live line and the log, both on standard error.
class Watcher {
 public:
  Watcher(const Session& session, const search::Problem& problem, const Options& options, std::int64_t wanted)
      : session_(session),
        problem_(problem),
        options_(options),
        wanted_(wanted),
        started_(session.system->now()),
        bar_(session.progress, session.style.width) {}

  void see(const search::StudyEvent& event) {
    if (event.kind == search::StudyEvent::Kind::ended) {
      ++ended_here_;
      bar_.clear();
      if (!options_.quiet) {
        const search::Trial* best = search::best_of(problem_, event.history);
        const bool is_best = best != nullptr && best->number == event.trial.number;
        fmt::print(stderr, "{}\n", printable(report::trial_line(problem_, event.trial, is_best)));
      }
    } else if (event.kind == search::StudyEvent::Kind::taken_over && !options_.quiet) {
      bar_.clear();
      fmt::print(stderr, "trial {}: runs again, its worker is gone\n", event.trial.number);
    }
    show(event.history);
  }

  void clear() { bar_.clear(); }

 private:
  void show(std::span<const search::Trial> history) {
    std::int64_t ended = 0;
    std::int64_t feasible = 0;
    for (const search::Trial& trial : history) {
      if (trial.state == search::TrialState::running || trial.state == search::TrialState::waiting) continue;
      ++ended;
      feasible += search::feasible(problem_, trial) ? 1 : 0;
    }
    const Seconds spent = session_.system->now() - started_;
    const std::int64_t left = std::max<std::int64_t>(0, wanted_ - ended);
    const double per_trial = ended_here_ > 0 ? spent.value / static_cast<double>(ended_here_) : 0;
    std::string text = fmt::format("{} of {}", ended, wanted_);
    if (const search::Trial* best = search::best_of(problem_, history)) {
      const search::Objective& objective = problem_.objectives.front();
      const double value = best->metrics.find(objective.metric)->second;
      text += fmt::format(", best {} {}", objective.metric, search::to_text(value, objective.unit));
    }
    if (ended > 0) text += fmt::format(", {} % feasible", 100 * feasible / ended);
    bar_.show(static_cast<double>(ended) / static_cast<double>(std::max<std::int64_t>(1, wanted_)),
              Seconds(per_trial * static_cast<double>(left)), text);
  }

  /// What programs and names say must not drive a terminal.
  static std::string printable(std::string text) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
  }

  const Session& session_;
  const search::Problem& problem_;
  const Options& options_;
  std::int64_t wanted_;
  std::int64_t ended_here_ = 0;
  Seconds started_;
  ProgressBar bar_;
};

Error without_objective(const search::StudyFile& study) {
  return {
      Fault::bad_input, "the study does not say what judges a design", study.name,
      R"(add [objective] with trainer = "glyphs", command = "python3 train.py" or table = "results.csv")"};
}

Status search_for(const Options& options, const Session& session) {
  FORECOST_TRY(const search::StudyFile study, search::read_study(options.file));
  if (study.objective.kind == search::ObjectiveSource::Kind::none) return without_objective(study);
  const WorkerOptions worker{study.name,    options.file,   options.store,
                             options.lease, options.trials, options.workers};
  FORECOST_TRY([[maybe_unused]] const Done fits, check(options.slurm, worker));
  FORECOST_TRY(const search::Predictors predictors, predictors_of(session, study));
  FORECOST_TRY(search::StudySetup setup, search::set_up(study, predictors, *session.system));
  FORECOST_TRY(const std::unique_ptr<search::StudyStore> store, open_store(session, options.store));
  FORECOST_TRY(search::StudyInfo info, store->enter(study.name, study.text, study.seed));
  if (options.slurm.wanted) return submit_workers(options.slurm, worker, session);
  FORECOST_TRY(const device::TempFolder folder, device::TempFolder::make(*session.system));

  const search::Problem judging = search::judging_problem(study);
  search::StudyOptions run;
  run.trials = options.trials > 0 ? options.trials : study.trials;
  run.workers = options.workers;
  run.owner = {search::this_owner(*session.system), *parse_duration(options.lease)};
  run.stop = interrupted;
  run.stop_rule = setup.stop_rule;
  Watcher watcher(session, judging, options, run.trials);
  run.watch = [&watcher](const search::StudyEvent& event) { watcher.see(event); };
  if (study.objective.takes_network()) {
    run.network = study.network;
    run.network_folder = folder.path();
    run.network_payload = study.objective.payload();
  }
  watch_for_interrupts();
  FORECOST_TRY(
      const search::StudySummary summary,
      search::run_study(*store, info, setup.problem, *setup.strategy, setup.evaluator, *session.system, run));
  watcher.clear();
  FORECOST_TRY(info, store->find(study.name));
  report::Report report = report::study_report({info, judging, summary.trials}, options.limit);
  report.facts.push_back(
      {"end", "ended because", std::string(search::name_of(summary.end)), report::Audience::machines});
  if (summary.end == search::StudyEnd::interrupted) {
    report.warnings.push_back({"the study was stopped early", "the same command goes on where it stopped"});
  } else if (summary.end == search::StudyEnd::exhausted) {
    report.warnings.push_back({"the study ended early: " + summary.why, "widen the space or loosen a limit"});
  }
  return print(session, {report});
}

}  // namespace

void add_search(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("search", "Find the best design under limits, by a study file");
  const auto options = std::make_shared<Options>();
  command->add_option("STUDY", options->file, "Study file, see docs/formats/study-file.md")
      ->required()
      ->type_name("FILE");
  command->add_option("--trials", options->trials, "Trials in all (default: as the file says)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--workers", options->workers,
                   "Trials that run at a time; with --slurm jobs of one trial each (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  add_store_option(*command, options->store);
  command
      ->add_option("--lease", options->lease, "After how long a silent worker counts as dead (default 60s)")
      ->type_name("TIME")
      ->check(CLI::Validator(check_duration, ""));
  command->add_option("--limit", options->limit, "Best trials to show in tables (default 10, 0 for none)")
      ->type_name("N");
  command->add_flag("--quiet", options->quiet, "No line per trial");
  add_slurm_options(*command, options->slurm);
  command->footer(
      examples({"forecost search study.toml", "forecost search study.toml --trials 100 --workers 4",
                "forecost search study.toml --study shared.sqlite --format json",
                "forecost search study.toml --study postgresql://me@host/studies --slurm --workers 16 "
                "--partition gpu --time-limit 4h"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return search_for(*options, session); };
  });
}

}  // namespace forecost::app
