// SPDX-License-Identifier: Apache-2.0
// Files that PyTorch's own exporter wrote (tools/export_networks.py), from reading to a forecast.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/device/runner.h"
#include "forecost/network/reader.h"
#include "forecost/prediction/prediction.h"

namespace forecost::prediction {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

fs::path exported() {
  return fs::path(FORECOST_BUILD_DIR) / "exported";
}

/// What PyTorch says of a network, beside its file.
struct Exported {
  fs::path file;
  std::int64_t parameters = 0;
  std::string batch_symbol;
};

std::vector<Exported> exported_networks() {
  std::vector<Exported> all;
  if (!fs::is_directory(exported())) return all;
  for (const auto& entry : fs::directory_iterator(exported())) {
    if (entry.path().extension() != ".onnx") continue;
    const auto facts =
        nlohmann::json::parse(std::ifstream(fs::path(entry.path()).replace_extension(".json")));
    Exported one{.file = entry.path(), .parameters = facts.at("file_parameters").get<std::int64_t>()};
    if (!facts.at("batch_symbol").is_null()) one.batch_symbol = facts.at("batch_symbol").get<std::string>();
    all.push_back(std::move(one));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return all;
}

/// A made-up card: 100 Gop/s, 20 GB/s.
std::unique_ptr<predictor::Predictor> roofline() {
  device::Card card;
  card.identity.name = "made-up";
  card.identity.runtime = "onnxruntime";
  card.peak_operations = {{"float32", 1e11}};
  card.memory = {{"DRAM", Bytes(0), 2e10}};
  auto fitted = predictor::find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {});
  if (!fitted) throw std::runtime_error(to_string(fitted.error()));
  return *std::move(fitted);
}

class ExportedNetworks : public testing::Test {
 protected:
  void SetUp() override {
    networks_ = exported_networks();
    if (networks_.empty()) GTEST_SKIP() << "skipped: no networks in " << exported();
  }

  static layer::Binding binding_of(const Exported& network, std::int64_t batch) {
    layer::Binding binding;
    binding.batch = batch;
    if (!network.batch_symbol.empty()) binding.symbols[network.batch_symbol] = batch;
    return binding;
  }

  static Result<layer::LayeredNetwork> inferred(const Exported& network, std::int64_t batch) {
    FORECOST_TRY(auto read, network::read(network.file));
    return layer::infer(std::move(read), binding_of(network, batch));
  }

  /// A forecast with sense: every kernel has a time, bounds enclose it, memory holds the weights.
  static void expect_sensible(const layer::LayeredNetwork& layered, const layer::LoweredNetwork& lowered) {
    const Prediction prediction = predict(layered, lowered, *roofline());
    EXPECT_EQ(prediction.kernels.size(), lowered.kernels.size());
    EXPECT_GT(prediction.latency.time.value, 0);
    EXPECT_LE(prediction.latency.low, prediction.latency.time);
    EXPECT_GE(prediction.latency.high, prediction.latency.time);
    EXPECT_EQ(prediction.unknown_share, 0);
    EXPECT_GE(prediction.memory.peak, prediction.memory.weights);
    EXPECT_GT(prediction.memory.weights, Bytes(0));
  }

  std::vector<Exported> networks_;
};

TEST_F(ExportedNetworks, AreAtLeastEight) {
  EXPECT_GE(networks_.size(), 8U);
}

TEST_F(ExportedNetworks, HaveTheParametersThatTorchCounts) {
  for (const Exported& network : networks_) {
    SCOPED_TRACE(network.file.filename());
    const auto layered = inferred(network, 1);
    ASSERT_TRUE(layered) << to_string(layered.error());
    EXPECT_EQ(layer::totals_of(*layered).parameters, network.parameters);
  }
}

TEST_F(ExportedNetworks, HaveNoUnknownOperator) {
  for (const Exported& network : networks_) {
    SCOPED_TRACE(network.file.filename());
    const auto layered = inferred(network, 1);
    ASSERT_TRUE(layered) << to_string(layered.error());
    EXPECT_THAT(layer::totals_of(*layered).unknown_operators, IsEmpty());
  }
}

TEST_F(ExportedNetworks, WithADynamicBatchDoItsWorkOncePerElement) {
  int dynamic = 0;
  for (const Exported& network : networks_) {
    if (network.batch_symbol.empty()) continue;
    SCOPED_TRACE(network.file.filename());
    const auto one = inferred(network, 1), four = inferred(network, 4);
    ASSERT_TRUE(one) << to_string(one.error());
    ASSERT_TRUE(four) << to_string(four.error());
    EXPECT_EQ(layer::totals_of(*four).macs, layer::totals_of(*one).macs * 4);
    EXPECT_EQ(layer::totals_of(*four).parameters, layer::totals_of(*one).parameters);
    ++dynamic;
  }
  EXPECT_GE(dynamic, 3);
}

TEST_F(ExportedNetworks, AreForecastByOurRules) {
  for (const Exported& network : networks_) {
    SCOPED_TRACE(network.file.filename());
    const auto layered = inferred(network, 1);
    ASSERT_TRUE(layered) << to_string(layered.error());
    const auto lowered = layer::lower(*layered, *layer::find_runtime("onnxruntime"));
    ASSERT_TRUE(lowered) << to_string(lowered.error());
    expect_sensible(*layered, *lowered);
  }
}

TEST_F(ExportedNetworks, AreForecastByTheRuntimesOwnGraph) {
  const auto machine = device::this_machine();
  const auto runner = device::find_runner("onnxruntime")->open(*machine, {});
  if (!runner) GTEST_SKIP() << "skipped: " << to_string(runner.error());
  for (const Exported& network : networks_) {
    SCOPED_TRACE(network.file.filename());
    const auto layered = inferred(network, 1);
    ASSERT_TRUE(layered) << to_string(layered.error());
    const layer::Binding binding = binding_of(network, 1);
    const device::Model model{.file = network.file, .symbols = binding.symbols};
    auto graph = (*runner)->optimised_graph(model, {});
    ASSERT_TRUE(graph) << to_string(graph.error());
    const auto lowered =
        layer::adopt(*layered, *std::move(graph), *layer::find_runtime("onnxruntime"), binding);
    ASSERT_TRUE(lowered) << to_string(lowered.error());
    expect_sensible(*layered, *lowered);
  }
}

}  // namespace
}  // namespace forecost::prediction
