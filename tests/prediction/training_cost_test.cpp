// SPDX-License-Identifier: Apache-2.0
#include "forecost/prediction/training_cost.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/predictor/family.h"

namespace forecost::prediction {
namespace {

using network::Builder;
using network::Value;
using testing::HasSubstr;

constexpr std::int64_t kb = 1024;

layer::LayeredNetwork layered(network::Network network) {
  auto result = layer::infer(std::move(network));
  EXPECT_TRUE(result) << to_string(result.error());
  return *std::move(result);
}

device::Card card() {
  device::Card card;
  card.identity.name = "made up";
  card.identity.runtime = "torch";
  card.peak_operations["float32"] = 1e10;
  card.memory = {{"DRAM", Bytes(0), 1e10}};
  return card;
}

struct Forecast {
  layer::LayeredNetwork network;
  layer::LoweredNetwork lowered;
  std::unique_ptr<predictor::Predictor> predictor;
  Prediction prediction;
};

Forecast forecast_of(network::Network network) {
  Forecast made{layered(std::move(network)), {}, {}, {}};
  made.lowered = *layer::lower(made.network, *layer::find_runtime("torch"));
  made.predictor =
      *predictor::find_family("roofline")->fit({.card = card(), .kernels = {}, .networks = {}}, {});
  made.prediction = predict(made.network, made.lowered, *made.predictor);
  return made;
}

/// 4096 -> 1024 (Relu) -> 10, a batch of 64.
network::Network two_layers() {
  Builder builder("two");
  const Value x = builder.input("x", {64, 4096});
  builder.output(builder.linear(builder.relu(builder.linear(x, 1024)), 10));
  return builder.finish();
}

TEST(TrainingMemory, OfTwoDenseLayersIsCountedByHand) {
  const TrainingMemory sgd = training_memory(layered(two_layers()), "sgd");
  const std::int64_t parameters = 4096 * 1024 + 1024 + 1024 * 10 + 10;
  EXPECT_EQ(sgd.weights, Bytes(4 * parameters));
  EXPECT_EQ(sgd.gradients, sgd.weights);
  EXPECT_EQ(sgd.state, sgd.weights);
  // The input, and the output of Relu, which is the input of the second layer.
  EXPECT_EQ(sgd.activations, Bytes(4 * (64 * 4096 + 64 * 1024)));
  EXPECT_EQ(sgd.total(), sgd.weights * 3 + sgd.activations);
  EXPECT_EQ(training_memory(layered(two_layers()), "adam").state, sgd.weights * 2);
}

TEST(TrainingMemory, OfAConvolutionalBlockIsCountedByHand) {
  Builder builder("block");
  const Value x = builder.input("x", {2, 3, 32, 32});
  const Value c = builder.conv(x, 16, {.kernel = {3, 3}, .pads = {1, 1, 1, 1}});
  const Value r = builder.relu(builder.batch_norm(c));
  const Value p = builder.max_pool(r, {.kernel = {2, 2}, .stride = {2, 2}});
  builder.output(builder.linear(builder.flatten(p), 10));
  const TrainingMemory memory = training_memory(layered(builder.finish()), "sgd");
  const std::int64_t image = 4 * 2 * 3 * 32 * 32, maps = 4 * 2 * 16 * 32 * 32;
  const std::int64_t pooled = maps / 4, places = 2 * pooled;  // 8 bytes for each of 4
  // Input of Conv, input of BatchNormalization, output of Relu = input of MaxPool, places, input of Gemm.
  EXPECT_EQ(memory.activations, Bytes(image + maps + maps + places + pooled));
}

TEST(TrainingMemory, ActivationsFollowTheBatchAndWeightsDoNot) {
  for (const char* name : {"resnet18", "mobilenet_v2", "vit_s_16"}) {
    const auto at = [name](std::int64_t batch) {
      return training_memory(layered((*network::find_zoo(name))->build({.batch = batch})), "adam");
    };
    EXPECT_EQ(at(8).weights, at(1).weights) << name;
    EXPECT_NEAR(static_cast<double>(at(8).activations.value),
                8.0 * static_cast<double>(at(1).activations.value),
                0.001 * static_cast<double>(at(8).activations.value))  // small constants of shapes
        << name;
    EXPECT_GT(at(1).activations.value, 100 * kb);
  }
}

TEST(TrainingCost, ByRuleABackwardPassIsTwoProductsButForTheFirst) {
  const Forecast made = forecast_of(two_layers());
  const TrainingCost cost = training_cost(made.network, made.prediction, card(), {}, {.optimiser = "sgd"});
  ASSERT_EQ(made.prediction.kernels.size(), 3);
  const auto time = [&made](std::size_t k) { return made.prediction.kernels[k].forecast.time.value; };
  EXPECT_NEAR(cost.forward.value, time(0) + time(1) + time(2), 1e-12);
  EXPECT_NEAR(cost.backward.value, time(0) + time(1) + 2 * time(2), 1e-12);
  const double parameters = 4096 * 1024 + 1024 + 1024 * 10 + 10;
  EXPECT_NEAR(cost.update.value, 5 * 4 * parameters / 1e10, 1e-9);
  EXPECT_EQ(cost.step.time, cost.forward + cost.backward + cost.update);
  EXPECT_EQ(cost.step.low, cost.step.high);
  ASSERT_FALSE(cost.warnings.empty());
  EXPECT_THAT(cost.warnings.back().what, HasSubstr("by rule"));
  const TrainingCost adam = training_cost(made.network, made.prediction, card(), {}, {.optimiser = "adam"});
  EXPECT_NEAR(adam.update.value, 7.0 / 5 * cost.update.value, 1e-9);
}

TEST(TrainingCost, AnEpochIsAsManyStepsAsItTakes) {
  const Forecast made = forecast_of(two_layers());
  const auto steps = [&made](std::int64_t samples) {
    return training_cost(made.network, made.prediction, card(), {}, {.optimiser = "sgd", .samples = samples})
        .steps;
  };
  EXPECT_EQ(steps(0), 0);
  EXPECT_EQ(steps(64), 1);
  EXPECT_EQ(steps(65), 2);
  EXPECT_EQ(steps(50000), 782);
}

TEST(TrainingCost, EnergyIsThePowerOfTheInferenceForAsLong) {
  Forecast made = forecast_of(two_layers());
  EXPECT_FALSE(training_cost(made.network, made.prediction, card(), {}, {}).energy);
  const Joules joules(made.prediction.latency.time.value * 12);
  made.prediction.energy = Energy{.total = joules, .low = joules, .high = joules, .source = "fitted power"};
  const TrainingCost cost = training_cost(made.network, made.prediction, card(), {}, {});
  ASSERT_TRUE(cost.energy);
  EXPECT_NEAR(cost.energy->value, 12 * cost.step.time.value, 1e-9);
}

/// Steps that take p, o, u times what the rule says.
std::vector<measurement::Record> steps_of(double products, double others, double update) {
  std::vector<measurement::Record> records;
  for (std::int64_t i = 1; i <= 8; ++i) {
    Builder builder("net");
    Value x = builder.input("x", {32 * i, 64 * (9 - i)});
    for (std::int64_t l = 0; l < 1 + i % 3; ++l) {
      for (std::int64_t r = 0; r < 1 + (i * 7 + l) % 5; ++r) x = builder.relu(x);
      x = builder.linear(x, 100 * (1 + (i * l) % 4));
    }
    builder.output(x);
    const Forecast made = forecast_of(builder.finish());
    const TrainingCost cost = training_cost(made.network, made.prediction, card(),
                                            {.products = products, .others = others, .update = update}, {});
    measurement::Record record{.name = "net" + std::to_string(i), .kind = "training_sgd"};
    record.kernels = made.lowered.kernels;
    record.run_seconds = {cost.step.time.value};
    records.push_back(std::move(record));
  }
  return records;
}

TEST(FitTraining, FindsTheFactorsThatMadeTheSteps) {
  const Forecast any = forecast_of(two_layers());
  const TrainingFactors factors = fit_training(steps_of(1.3, 0.8, 2), *any.predictor, "sgd");
  EXPECT_EQ(factors.networks, 8);
  // Held towards 1 with a fiftieth of a step's weight each.
  EXPECT_NEAR(factors.products, 1.3, 0.05);
  EXPECT_NEAR(factors.others, 0.8, 0.05);
  EXPECT_NEAR(factors.update, 2, 0.1);
  EXPECT_LT(factors.error, 0.05);
}

TEST(FitTraining, WithFewStepsTheRuleStays) {
  const Forecast any = forecast_of(two_layers());
  auto records = steps_of(3, 3, 3);
  records.resize(5);
  const TrainingFactors factors = fit_training(records, *any.predictor, "sgd");
  EXPECT_EQ(factors.networks, 0);
  EXPECT_EQ(factors.products, 1);
}

}  // namespace
}  // namespace forecost::prediction
