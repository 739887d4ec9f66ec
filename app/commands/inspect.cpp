// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "app/command.h"
#include "app/models.h"
#include "app/weights.h"
#include "forecost/layer/weight_format.h"
#include "forecost/report/inspect_report.h"

namespace forecost::app {
namespace {

struct Options {
  std::vector<std::string> models;
  SizeOptions sizes;
  std::vector<std::string> weights;
  std::size_t limit = 0;
};

Result<report::Report> inspect_one(const Options& options, const std::string& model) {
  FORECOST_TRY(const layer::LayeredNetwork network, load_layers(model, options.sizes));
  FORECOST_TRY(layer::WeightPlan plan, weight_plan(options.weights, network));
  return report::inspect_report(network, {.limit = options.limit, .weights = std::move(plan)});
}

/// One bad file does not hide the others: it is complained about at once, and the command ends with the last
/// error.
Status inspect(const Options& options, const Session& session) {
  std::vector<report::Report> reports;
  std::vector<Error> errors;
  for (const std::string& model : options.models) {
    Result<report::Report> report = inspect_one(options, model);
    if (report) {
      reports.push_back(*std::move(report));
    } else {
      errors.push_back(std::move(report).error());
    }
  }
  if (!reports.empty()) {
    FORECOST_TRY([[maybe_unused]] const Done done, print(session, reports));
  }
  return last_of(errors);
}

}  // namespace

void add_inspect(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("inspect", "Layers, shapes and cost of a network; no device needed");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->models, "ONNX files, or zoo:NAME")->required();
  add_size_options(*command, options->sizes);
  add_weight_options(*command, options->weights);
  command->add_option("--limit", options->limit, "Layers to show in tables, 0 for all")->type_name("N");
  command->footer(
      examples({"forecost inspect resnet50.onnx", "forecost inspect bert.onnx --dim sequence=128 --batch 8",
                "forecost inspect zoo:mobilenet_v2 --weights int4 --weights Conv_0=int8 --limit 10",
                "forecost inspect a.onnx b.onnx --format json"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return inspect(*options, session); };
  });
}

}  // namespace forecost::app
