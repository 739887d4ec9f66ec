// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/stored.h"
#include "forecost/predictor/comparison.h"
#include "forecost/report/families_report.h"

namespace forecost::app {
namespace {

struct Options {
  StoredOptions stored;
  std::vector<std::string> families;
  std::string target = "time";
};

Status compare(Options options, const Session& session) {
  FORECOST_TRY(const predictor::Target target, predictor::parse_target(options.target));
  FORECOST_TRY(measurement::Table stored, stored_table(options.stored, session));
  FORECOST_TRY(const measurement::Table table, predictor::with_target(std::move(stored), target));
  const predictor::ComparisonOptions how{
      .families = options.families, .folds = options.stored.folds, .fit = {.seed = options.stored.seed}};
  FORECOST_TRY(const std::vector<predictor::Entrant> entrants,
               predictor::compare_families(table, how, *session.system));
  report::Report report = report::families_report(options.stored.device, entrants, options.stored.folds);
  report.facts.push_back({"target", "forecast", options.target});
  return print(session, {report});
}

}  // namespace

void add_compare_families(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand(
      "compare-families", "Every predictor family on the same folds of what the store holds of a device");
  const auto options = std::make_shared<Options>();
  command->add_option("--family", options->families, "Only these families; may be repeated")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--target", options->target, "What to forecast: time, energy or power (default time)")
      ->type_name("NAME");
  add_stored_options(*command, options->stored);
  command->footer(
      examples({"forecost compare-families", "forecost compare-families --on t4 --format markdown",
                "forecost compare-families --on raptorlake --target energy --family path_model"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return compare(*options, session); };
  });
}

}  // namespace forecost::app
