// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/devices.h"
#include "app/stored.h"
#include "forecost/predictor/comparison.h"
#include "forecost/report/families_report.h"
#include "forecost/report/validation_report.h"

namespace forecost::app {
namespace {

struct Options {
  StoredOptions stored;
  std::string family = "path_model";
};

Status fit(Options options, const Session& session) {
  const predictor::Family* family = predictor::find_family(options.family);
  if (family == nullptr) {
    return Error{Fault::not_found, "no predictor family is called '" + options.family + "'", "",
                 "see forecost list families"};
  }
  FORECOST_TRY(const measurement::Table table, stored_table(options.stored, session));
  const predictor::FitOptions how{.seed = options.stored.seed};
  FORECOST_TRY(const std::unique_ptr<predictor::Predictor> fitted, family->fit(table, how));
  FORECOST_TRY(const predictor::Validation validation,
               predictor::cross_validate(*family, table, options.stored.folds, how));
  const auto kernels = static_cast<int>(table.kernels.size());
  FORECOST_TRY([[maybe_unused]] const Done saved,
               keep_device(session, options.stored.device, *fitted, validation,
                           static_cast<int>(table.networks.size()), kernels));
  report::Report report = report::validation_report(options.stored.device, {validation});
  report.facts.push_back({"kernels_measured", "kernels measured", static_cast<std::int64_t>(kernels)});
  report.facts.push_back({"file", "predictor in", predictor_file(session, options.stored.device).string()});
  report::Table terms = report::terms_table(*fitted);
  if (!terms.rows.empty()) {
    report.facts.push_back({"terms", "terms", static_cast<std::int64_t>(terms.rows.size())});
    report.tables.push_back(std::move(terms));
  }
  return print(session, {report});
}

}  // namespace

void add_fit(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand(
      "fit", "Fit a predictor to what the store holds of a device, and cross-validate it");
  const auto options = std::make_shared<Options>();
  command->add_option("--family", options->family, "Predictor family, see forecost list families")
      ->type_name("NAME");
  add_stored_options(*command, options->stored);
  command->footer(examples({"forecost fit", "forecost fit --on t4 --family neuralpower --folds 10",
                            "forecost fit --on raptorlake --group-by k_size"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return fit(*options, session); };
  });
}

}  // namespace forecost::app
