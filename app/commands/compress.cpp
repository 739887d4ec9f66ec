// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "app/command.h"
#include "app/interrupt.h"
#include "app/studies.h"
#include "forecost/deployment/clipped_ratios.h"
#include "forecost/deployment/compression.h"
#include "forecost/deployment/morph.h"
#include "forecost/device/temp_folder.h"
#include "forecost/report/study_report.h"
#include "forecost/search/owner.h"
#include "forecost/search/study.h"

namespace forecost::app {
namespace {

struct Options {
  std::string file;
  std::string store;
  std::string method = "netadapt";
  std::vector<std::string> widths;
  std::int64_t multiple = 8;
  double step = 0.025;
  double decay = 0.96;
  std::int64_t trials = 0;
  std::size_t limit = 10;
  bool quiet = false;
};

std::unique_ptr<search::Strategy> strategy_of(const Options& options,
                                              deployment::CompressionOptions compression) {
  if (options.method == "amc") return std::make_unique<deployment::ClippedRatios>(std::move(compression));
  if (options.method == "morphnet") return std::make_unique<deployment::MorphNet>(std::move(compression));
  if (options.method == "uniform") return std::make_unique<deployment::UniformWidths>(std::move(compression));
  return std::make_unique<deployment::NetAdapt>(std::move(compression));
}

/// Methods that do not end by themselves take the trials of the study.
std::int64_t usual_trials(const std::string& method, std::int64_t of_study) {
  constexpr std::int64_t until_it_ends = 100'000;
  return method == "amc" || method == "morphnet" ? of_study : until_it_ends;
}

Status compress(const Options& options, const Session& session) {
  FORECOST_TRY(search::StudyFile study, search::read_study(options.file));
  if (study.objective.kind == search::ObjectiveSource::Kind::none) {
    return Error{Fault::bad_input, "the study does not say what judges a design", study.name,
                 R"(add [objective] with command = "python3 train.py" or table = "results.csv")"};
  }
  FORECOST_TRY(deployment::CompressionOptions compression, deployment::compression_of(study, options.widths));
  compression.widths.multiple = options.multiple;
  compression.step = options.step;
  compression.decay = options.decay;
  const std::unique_ptr<search::Strategy> strategy = strategy_of(options, compression);
  FORECOST_TRY(const search::Predictors predictors, predictors_of(session, study));
  FORECOST_TRY(search::StudySetup setup, search::set_up(study, predictors, *session.system));
  if (options.method == "morphnet" && study.objective.kind == search::ObjectiveSource::Kind::command) {
    setup.evaluator = search::command_with(
        study, setup.problem,
        [&](const search::Design& design) {
          return deployment::regulariser_of(setup.problem, compression, design);
        },
        *session.system);
  }
  FORECOST_TRY(const std::unique_ptr<search::StudyStore> store, open_store(session, options.store));
  const std::string name = study.name + "-" + options.method;
  FORECOST_TRY(search::StudyInfo info, store->enter(name, study.text, study.seed));
  FORECOST_TRY(const device::TempFolder folder, device::TempFolder::make(*session.system));

  const search::Problem judging = search::judging_problem(study);
  search::StudyOptions run;
  run.trials = options.trials > 0 ? options.trials : usual_trials(options.method, study.trials);
  run.owner = {search::this_owner(*session.system), Seconds(60)};
  run.stop = interrupted;
  run.stop_rule = setup.stop_rule;
  run.watch = [&](const search::StudyEvent& event) {
    if (options.quiet || event.kind != search::StudyEvent::Kind::ended) return;
    std::string line = report::trial_line(judging, event.trial, false);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
        '?');
    fmt::print(stderr, "{}\n", line);
  };
  if (study.objective.takes_network()) {
    run.network = study.network;
    run.network_folder = folder.path();
    run.network_payload = study.objective.payload();
  }
  watch_for_interrupts();
  FORECOST_TRY(const search::StudySummary summary, search::run_study(*store, info, setup.problem, *strategy,
                                                                     setup.evaluator, *session.system, run));
  FORECOST_TRY(info, store->find(name));
  report::Report report = report::study_report({info, judging, summary.trials}, options.limit);
  report.facts.push_back({"end", "ended because",
                          summary.why.empty() ? std::string(search::name_of(summary.end)) : summary.why});
  if (summary.end == search::StudyEnd::interrupted) {
    report.warnings.push_back(
        {"the compression was stopped early", "the same command goes on where it stopped"});
  }
  return print(session, {report});
}

}  // namespace

void add_compress(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand(
      "compress", "Narrow the layers of a study's network until a forecast limit holds");
  const auto options = std::make_shared<Options>();
  command->add_option("STUDY", options->file, "Study file, see docs/formats/study-file.md")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "--method", options->method,
          "netadapt (default): the layer whose narrowing costs least, again and again; amc: ratios that the "
          "limit clips; morphnet: what a regularised training leaves, widened; uniform: one factor")
      ->type_name("NAME")
      ->check(CLI::IsMember({"netadapt", "amc", "morphnet", "uniform"}));
  command
      ->add_option("--widths", options->widths,
                   "Parameters to narrow (default: all integers that shape the network); may be repeated")
      ->type_name("PARAMETER")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--multiple", options->multiple, "Widths are multiples of this (default 8)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--step", options->step,
                   "First reduction, share of the widest design's cost (default 0.025)")
      ->type_name("SHARE")
      ->check(CLI::Range(1e-4, 1.0));
  command->add_option("--decay", options->decay, "Each reduction as a share of the one before (default 0.96)")
      ->type_name("SHARE")
      ->check(CLI::Range(0.5, 1.0));
  command
      ->add_option("--trials", options->trials,
                   "Trials in all (default: until the limit holds; amc and morphnet: those of the study)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_store_option(*command, options->store);
  command->add_option("--limit", options->limit, "Best trials to show in tables (default 10, 0 for none)")
      ->type_name("N");
  command->add_flag("--quiet", options->quiet, "No line per trial");
  command->footer(examples({"forecost compress study.toml",
                            "forecost compress study.toml --widths first,second --step 0.05",
                            "forecost compress study.toml --method amc --trials 60",
                            "forecost compress study.toml --method uniform --format json"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return compress(*options, session); };
  });
}

}  // namespace forecost::app
