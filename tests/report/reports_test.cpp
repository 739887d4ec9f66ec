// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/report/comparison_report.h"
#include "forecost/report/inspect_report.h"
#include "forecost/report/prediction_report.h"
#include "forecost/report/validation_report.h"

namespace forecost::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json as_json(const Report& report) {
  return json::parse(render(report, {.format = Format::json}));
}

prediction::KernelCost kernel(const std::string& name, const std::string& path, double ms) {
  prediction::KernelCost cost;
  cost.kernel.name = name;
  cost.kernel.op = "Conv";
  cost.kernel.path = path;
  cost.kernel.layers = {name + "_conv", name + "_relu"};
  cost.kernel.cost.operations = Operations(1000);
  cost.kernel.cost.read = Bytes(60);
  cost.kernel.cost.written = Bytes(40);
  cost.forecast.time = from_milliseconds(ms);
  cost.forecast.low = from_milliseconds(ms * 0.9);
  cost.forecast.high = from_milliseconds(ms * 1.1);
  return cost;
}

prediction::Prediction two_kernels() {
  prediction::Prediction prediction;
  prediction.network = "tiny";
  prediction.device = "here";
  prediction.family = "path_model";
  prediction.batch = 2;
  prediction.latency.time = from_milliseconds(4);
  prediction.latency.low = from_milliseconds(3.5);
  prediction.latency.high = from_milliseconds(4.5);
  prediction.memory.weights = Bytes(100);
  prediction.memory.peak = Bytes(300);
  prediction.kernels = {kernel("small", "gemv", 1), kernel("large", "nchwc_conv", 2)};
  return prediction;
}

TEST(PredictionReport, JsonHasEveryPromisedField) {
  const json report = as_json(prediction_report(two_kernels()));
  for (const char* field : {"network", "device", "batch", "latency_ms", "latency_low_ms", "latency_high_ms",
                            "memory_bytes", "operations", "macs", "parameters", "kernels", "warnings"}) {
    EXPECT_TRUE(report.contains(field)) << field;
  }
  for (const char* field : {"name", "op", "path", "layers", "predicted_ms", "low_ms", "high_ms", "operations",
                            "bytes", "bound_by"}) {
    EXPECT_TRUE(report.at("kernels").at(0).contains(field)) << field;
  }
  EXPECT_DOUBLE_EQ(report.at("latency_ms").get<double>(), 4);
  EXPECT_EQ(report.at("memory_bytes"), 300);
  EXPECT_EQ(report.at("memory").at("weights"), 100);
  EXPECT_EQ(report.at("kernels").at(0).at("bytes"), 100);
  EXPECT_DOUBLE_EQ(report.at("kernels").at(0).at("intensity").get<double>(), 10);
}

TEST(PredictionReport, OverheadIsWhatTheKernelsDoNotExplain) {
  EXPECT_NEAR(as_json(prediction_report(two_kernels())).at("overhead_ms").get<double>(), 1.0, 1e-12);
}

TEST(PredictionReport, PeopleSeeTheIntervalAndTheSlowestFirst) {
  const std::string text = render(prediction_report(two_kernels()), {.format = Format::table, .width = 120});
  EXPECT_THAT(text, HasSubstr("4.00 ms (90 % interval 3.50 ms .. 4.50 ms)"));
  const std::size_t list = text.find("The slowest 2");
  ASSERT_NE(list, std::string::npos);
  EXPECT_LT(text.find("large_conv", list), text.find("small_conv", list));
}

TEST(PredictionReport, CsvIsOneLinePerNetworkOrPerKernel) {
  const std::string summary = render(prediction_report(two_kernels()), {.format = Format::csv});
  EXPECT_EQ(std::count(summary.begin(), summary.end(), '\n'), 2);
  const std::string kernels =
      render(prediction_report(two_kernels(), {.breakdown = Breakdown::kernels}), {.format = Format::csv});
  EXPECT_EQ(std::count(kernels.begin(), kernels.end(), '\n'), 3);
  EXPECT_THAT(kernels, HasSubstr("small_conv;small_relu"));
}

TEST(PredictionReport, ANetworkWithoutKernelsIsStillAReport) {
  EXPECT_NO_THROW((void)render(prediction_report(prediction::Prediction{}), {.format = Format::table}));
}

Compared compared(double measured_ms, double predicted_ms) {
  Compared row;
  row.network = "net";
  row.device = "here";
  row.median = from_milliseconds(measured_ms);
  row.minimum = row.median;
  row.predicted =
      predictor::TotalForecast{from_milliseconds(predicted_ms), from_milliseconds(predicted_ms * 0.9),
                               from_milliseconds(predicted_ms * 1.1)};
  return row;
}

TEST(ComparisonReport, ErrorsAreSignedAndRelativeToTheMeasurement) {
  const json report = as_json(comparison_report({compared(10, 11), compared(10, 8)}));
  EXPECT_NEAR(report.at("networks").at(0).at("error").get<double>(), 0.1, 1e-12);
  EXPECT_NEAR(report.at("networks").at(1).at("error").get<double>(), -0.2, 1e-12);
  EXPECT_TRUE(report.at("networks").at(0).at("inside").get<bool>());
  EXPECT_FALSE(report.at("networks").at(1).at("inside").get<bool>());
  EXPECT_NEAR(report.at("mape").get<double>(), 0.15, 1e-12);
  EXPECT_DOUBLE_EQ(report.at("coverage").get<double>(), 0.5);
}

TEST(ComparisonReport, WithoutAPredictionThereIsNoErrorToShow) {
  Compared row = compared(10, 10);
  row.predicted.reset();
  const json report = as_json(comparison_report({row}));
  EXPECT_TRUE(report.at("networks").at(0).at("error").is_null());
  EXPECT_FALSE(report.contains("mape"));
}

TEST(ComparisonReport, EnergyHasItsSensorAndDeclaredEnergySaysSo) {
  Compared measured = compared(10, 10), declared = compared(10, 10);
  measured.energies = {measurement::declared_energy({Watts(5), Watts(12)}, Seconds(0.01))};
  measured.energies[0].sensor = "rapl";
  measured.energies[0].declared = false;
  measured.energies[0].standard_error = 0.012;
  declared.energies = {measurement::declared_energy({Watts(5), Watts(12)}, Seconds(0.01))};
  const Report report = comparison_report({measured, declared}, {}, "not measured");
  const json written = as_json(report);
  EXPECT_NEAR(written["networks"][0]["energy_mj"].get<double>(), 120, 1e-9);
  EXPECT_NEAR(written["networks"][0]["energy_above_idle_mj"].get<double>(), 70, 1e-9);
  EXPECT_EQ(written["networks"][0]["power_w"], 12);
  EXPECT_EQ(written["networks"][0]["energy_by"], "rapl");
  EXPECT_EQ(written["networks"][1]["energy_by"], "declared");
  EXPECT_EQ(written["energies"][0]["standard_error"], 0.012);
  EXPECT_TRUE(written["energies"][1]["standard_error"].is_null());
  EXPECT_FALSE(written.contains("energy"));
  for (const Format format : {Format::table, Format::csv, Format::markdown}) {
    EXPECT_THAT(render(report, {.format = format, .width = 200}), testing::HasSubstr("declared"));
  }
}

TEST(ComparisonReport, WithoutASensorItSaysWhy) {
  const Report report = comparison_report({compared(10, 10)}, {}, "not measured (no sensor: rapl absent)");
  EXPECT_EQ(as_json(report)["energy"], "not measured (no sensor: rapl absent)");
  EXPECT_TRUE(as_json(report)["networks"][0]["energy_mj"].is_null());
  EXPECT_THAT(render(report, {}), testing::HasSubstr("not measured (no sensor: rapl absent)"));
}

TEST(ValidationReport, TheChosenFamilyIsShownPathByPath) {
  predictor::Validation chosen;
  chosen.family = "path_model";
  chosen.folds = 5;
  chosen.networks = {.count = 20, .mape = 0.04};
  chosen.by_path["nchwc_conv"].count = 12;
  predictor::Validation rival;
  rival.family = "flops";
  rival.networks.count = 20;
  const json report = as_json(validation_report("here", {chosen, rival}));
  EXPECT_EQ(report.at("families").size(), 4U);
  EXPECT_DOUBLE_EQ(report.at("families").at(0).at("mape").get<double>(), 0.04);
  EXPECT_EQ(report.at("paths").at(0).at("count"), 12);
}

TEST(ValidationReport, SingleLayersAloneHaveNoRowForNetworks) {
  predictor::Validation imported;
  imported.kernels.count = 60;
  const json report = as_json(validation_report("board", {imported}));
  ASSERT_EQ(report.at("families").size(), 1U);
  EXPECT_EQ(report.at("families").at(0).at("of"), "kernels");
}

TEST(ValidationReport, WithoutValidationsTheCallerErred) {
  EXPECT_THROW((void)validation_report("here", {}), BrokenContract);
}

TEST(InspectReport, ShowsUnknownOperatorsAndConstantLayers) {
  layer::LayeredNetwork network;
  network.network.source = "odd.onnx";
  layer::Layer strange;
  strange.name = "strange";
  strange.op = "Quux";
  strange.domain = "com.example";
  strange.known = false;
  strange.outputs = {"y"};
  network.layers = {strange};
  network.tensors["y"] = {.element = layer::ElementType::float32, .shape = {1, 2}, .values = {}};
  const json report = as_json(inspect_report(network));
  EXPECT_EQ(report.at("layers").at(0).at("op"), "com.example.Quux");
  EXPECT_FALSE(report.at("layers").at(0).at("known").get<bool>());
  EXPECT_EQ(report.at("layers").at(0).at("output_shapes").at(0), "1x2");
  EXPECT_EQ(report.at("unknown_operators").at(0).at("count"), 1);
}

TEST(InspectReport, AScalarHasNoExtents) {
  EXPECT_EQ(shape_text({}), "scalar");
  EXPECT_EQ(shape_text({1, 3, 224, 224}), "1x3x224x224");
}

}  // namespace
}  // namespace forecost::report
