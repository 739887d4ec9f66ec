// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/energies.h"
#include "app/forecasts.h"
#include "app/trainings.h"
#include "app/weights.h"
#include "forecost/accelerator/kernels.h"
#include "forecost/report/prediction_report.h"

namespace forecost::app {
namespace {

struct Options {
  std::vector<std::string> models;
  SizeOptions sizes;
  DeviceOptions devices;
  LoweringOptions lowering;
  TrainingOptions training;
  std::string family;
  std::string declared;
  std::vector<std::string> weights;
  bool kernels = false;
  std::size_t limit = 0;
};

Result<prediction::Prediction> predict_one(const Session& session, const Options& options,
                                           const layer::LayeredNetwork& network,
                                           const predictor::Predictor& predictor) {
  FORECOST_TRY(layer::LoweredNetwork lowered,
               lower_for(session, network, options.sizes, predictor.card().identity, options.lowering));
  if (!options.weights.empty()) {
    const device::Identity& identity = predictor.card().identity;
    if (identity.runtime != accelerator::runtime_name) {
      return Error{Fault::unsupported, "this device computes in the types that the network is written in",
                   identity.name, "leave --weights out, or forecast an accelerator: --on eyeriss"};
    }
    FORECOST_TRY(const layer::WeightPlan plan, weight_plan(options.weights, network));
    layer::with_formats(plan, lowered.kernels);
  }
  return prediction::predict(network, lowered, predictor);
}

/// Several predictions are one overview for people; machines and --kernels get each in full.
std::vector<report::Report> reports_of(const std::vector<prediction::Prediction>& predictions,
                                       const Options& options, const Session& session) {
  const bool for_people =
      session.style.format == report::Format::table || session.style.format == report::Format::markdown;
  if (predictions.size() > 1 && for_people && !options.kernels) return {report::overview_report(predictions)};
  const report::PredictionOptions shown{
      .breakdown = options.kernels ? report::Breakdown::kernels : report::Breakdown::summary,
      .limit = options.limit};
  std::vector<report::Report> reports;
  for (const prediction::Prediction& prediction : predictions) {
    reports.push_back(report::prediction_report(prediction, shown));
  }
  return reports;
}

/// Every network on every device; one that fails is complained about and does not hide the others.
Status predict(const Options& options, const Session& session) {
  FORECOST_TRY(const std::vector<std::string> devices, chosen_devices(session, options.devices));
  std::vector<std::unique_ptr<predictor::Predictor>> predictors;
  for (const std::string& device : devices) {
    FORECOST_TRY(std::unique_ptr<predictor::Predictor> predictor,
                 predictor_of(session, device, options.family));
    if (!options.declared.empty()) {
      FORECOST_TRY(const measurement::DeclaredPower power, parse_declared_power(options.declared));
      predictor = predictor::with_power(std::move(predictor), predictor::declared_model(power));
    }
    predictors.push_back(std::move(predictor));
  }
  std::vector<prediction::Prediction> predictions;
  std::vector<report::Report> trainings;
  std::vector<Error> errors;
  for (const std::string& model : options.models) {
    const Result<layer::LayeredNetwork> network = load_layers(model, options.sizes);
    if (!network) errors.push_back(network.error());
    for (const auto& predictor : predictors) {
      if (!network) continue;
      Result<prediction::Prediction> prediction = predict_one(session, options, *network, *predictor);
      if (!prediction) {
        errors.push_back(prediction.error());
      } else if (options.training.optimiser.empty()) {
        predictions.push_back(*std::move(prediction));
      } else {
        FORECOST_TRY(report::Report training,
                     training_of(session, options.training, *network, *prediction, *predictor));
        trainings.push_back(std::move(training));
      }
    }
  }
  if (!trainings.empty()) {
    FORECOST_TRY([[maybe_unused]] const Done done, print(session, trainings));
  }
  if (!predictions.empty()) {
    FORECOST_TRY([[maybe_unused]] const Done done, print(session, reports_of(predictions, options, session)));
  }
  return last_of(errors);
}

}  // namespace

void add_predict(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("predict", "Latency and memory of a network, kernel by kernel");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->models, "ONNX files, or zoo:NAME")->required();
  add_device_options(*command, options->devices);
  add_size_options(*command, options->sizes);
  command->add_option("--family", options->family, "Another predictor family, see forecost list families")
      ->type_name("NAME");
  command->add_flag("--kernels", options->kernels, "Show every kernel and the layers that it computes");
  command->add_option("--limit", options->limit, "Kernels to show in tables, 0 for all")->type_name("N");
  add_lowering_options(*command, options->lowering);
  add_declared_power(*command, options->declared);
  add_weight_options(*command, options->weights);
  add_training_options(*command, options->training);
  command->footer(
      examples({"forecost predict resnet50.onnx", "forecost predict resnet50.onnx --kernels --limit 20",
                "forecost predict zoo:resnet50 --on torch-t2 --training adam --batch 32 --samples 50000",
                "forecost predict zoo:resnet50 --on eyeriss --weights int4",
                "forecost predict zoo:bert_base --dim sequence=256 --batch 8 --on server-t2",
                "forecost predict *.onnx --on a --on b --format csv"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return predict(*options, session); };
  });
}

}  // namespace forecost::app
