// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/models.h"
#include "forecost/report/inspect_report.h"

namespace forecost::app {
namespace {

struct Options {
  std::vector<std::string> models;
  SizeOptions sizes;
  std::size_t limit = 0;
};

/// One bad file does not hide the others: it is complained about at once, and the command ends with the last
/// error.
Status inspect(const Options& options, const Session& session) {
  std::vector<report::Report> reports;
  std::vector<Error> errors;
  for (const std::string& model : options.models) {
    Result<layer::LayeredNetwork> layers = load_layers(model, options.sizes);
    if (layers) {
      reports.push_back(report::inspect_report(*layers, {.limit = options.limit}));
    } else {
      errors.push_back(std::move(layers).error());
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
  command->add_option("--limit", options->limit, "Layers to show in tables, 0 for all")->type_name("N");
  command->footer(examples(
      {"forecost inspect resnet50.onnx", "forecost inspect bert.onnx --dim sequence=128 --batch 8",
       "forecost inspect zoo:mobilenet_v2 --limit 10", "forecost inspect a.onnx b.onnx --format json"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return inspect(*options, session); };
  });
}

}  // namespace forecost::app
