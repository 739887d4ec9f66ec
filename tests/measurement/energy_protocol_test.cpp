// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/energy_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/measurement/metered_machine.h"

namespace forecost::measurement {
namespace {

using device::Reads;
using device::SensorFacts;
using made_up::MadeUpSensor;

/// 30 W for 10 ms: 0.3 J a run, 0.2 J of them above 10 W of idling.
class MeasureEnergy : public testing::Test {
 protected:
  using Sensors = std::vector<std::unique_ptr<device::Sensor>>;

  MadeUpSensor& add(SensorFacts facts, std::function<double(double)> value) {
    auto sensor = std::make_unique<MadeUpSensor>(machine_.system, std::move(facts), std::move(value));
    MadeUpSensor& made = *sensor;
    sensors_.push_back(std::move(sensor));
    return made;
  }
  SensorFacts counter(double period) const {
    SensorFacts facts{.name = "counter", .reads = Reads::energy, .scope = "machine"};
    facts.period = Seconds(period);
    return facts;
  }
  SensorFacts samples(double period) const {
    SensorFacts facts{.name = "samples", .reads = Reads::power, .scope = "machine"};
    facts.period = Seconds(period);
    return facts;
  }
  /// Mean power over the time before.
  double watts(double time, double over) {
    return (machine_.joules_at(time) - machine_.joules_at(time - over)) / over;
  }
  std::vector<EnergyBySensor> measure(const EnergyProtocol& protocol = {}) {
    return measure_energy({machine_.system, sensors_}, loads_, protocol);
  }

  made_up::Metered machine_;
  Sensors sensors_;
  std::vector<Load> loads_{machine_.load("net", from_milliseconds(10))};
};

void expect_truth(const Result<Energy>& energy, double tolerance) {
  ASSERT_TRUE(energy) << to_string(energy.error());
  EXPECT_NEAR(energy->total.value, 0.3, 0.3 * tolerance);
  EXPECT_NEAR(energy->above_idle.value, 0.2, 0.3 * tolerance + 0.1 * tolerance);
  EXPECT_NEAR(energy->power.value, 30, 30 * tolerance);
  EXPECT_NEAR(energy->idle_before.value, 10, 10 * tolerance);
  EXPECT_NEAR(energy->idle_after.value, 10, 10 * tolerance);
  EXPECT_LE(energy->standard_error, 0.02);
}

TEST_F(MeasureEnergy, ACounterThatWrapsAllTheTimeTellsTheTruth) {
  machine_.add_rapl(65);  // twice a second's energy: wraps a hundred times here
  auto sensor = device::open_sensor(machine_.system, "rapl");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  sensors_.push_back(*std::move(sensor));
  const auto results = measure();
  expect_truth(results[0][0], 0.01);
  EXPECT_EQ(results[0][0]->sensor, "rapl");
  EXPECT_EQ(results[0][0]->scope, "processor");
  EXPECT_EQ(results[0][0]->window_joules.size(), 3U);
  EXPECT_NEAR(results[0][0]->channels.at("package-0"), 0.3, 0.003);
}

TEST_F(MeasureEnergy, ASlowAndCoarseCounterGetsLongWindows) {
  SensorFacts facts = counter(0.1);
  facts.resolution = 0.5;
  add(facts, [this](double time) {
    return std::floor(machine_.joules_at(std::floor(time / 0.1) * 0.1) / 0.5) * 0.5;
  });
  const auto results = measure();
  expect_truth(results[0][0], 0.04);
  EXPECT_GT(results[0][0]->window.value, 0.1 / std::sqrt(6) / 0.02);
}

TEST_F(MeasureEnergy, SamplesOfARipplingPowerAverageOut) {
  add(samples(0.02),
      [this](double time) { return watts(time, 1e-4) * (1 + 0.3 * std::sin(2 * M_PI * 37.7 * time)); });
  expect_truth(measure()[0][0], 0.04);
}

TEST_F(MeasureEnergy, ASensorThatAveragesIsGivenTimeToForget) {
  SensorFacts facts = samples(0.1);
  facts.averaging = Seconds(1);
  add(facts, [this](double time) { return watts(time, 1); });
  expect_truth(measure()[0][0], 0.02);
}

TEST_F(MeasureEnergy, ASensorThatDiesMidwayEndsAloneWithItsReason) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time); });
  add(samples(0.02), [this](double time) { return watts(time, 1e-4); }).dies = Seconds(10);
  const auto results = measure();
  expect_truth(results[0][0], 0.01);
  ASSERT_FALSE(results[0][1]);
  EXPECT_EQ(results[0][1].error().what, "the sensor died");
}

TEST_F(MeasureEnergy, ASensorThatIsDeadFromTheBeginningCostsNoTime) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time); }).dies = Seconds(0);
  const auto results = measure();
  EXPECT_FALSE(results[0][0]);
  EXPECT_LT(machine_.system.time().value, 1);
}

TEST_F(MeasureEnergy, SensorsOfOneThingAreComparedAndOthersAreNot) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time); });
  SensorFacts wrong = samples(0.02);
  add(wrong, [this](double time) { return 1.2 * watts(time, 1e-4); });
  wrong.scope = "gpu 0";
  add(wrong, [](double) { return 300.0; });
  const auto results = measure();
  EXPECT_FALSE(results[0][0]->disagreement);
  EXPECT_NEAR(results[0][1]->disagreement.value_or(0), 0.2, 0.01);
  EXPECT_FALSE(results[0][2]->disagreement);
}

TEST_F(MeasureEnergy, WindowsOfTheLoadsAreInterleaved) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time); });
  loads_.push_back(machine_.load("other", from_milliseconds(20)));
  const auto results = measure();
  EXPECT_NEAR(results[1][0]->total.value, 0.6, 0.006);
  std::vector<std::string> turns;
  for (const std::string& name : machine_.order) {
    if (turns.empty() || turns.back() != name) turns.push_back(name);
  }
  EXPECT_THAT(turns, testing::ElementsAre("net", "other", "net", "other", "net", "other", "net", "other"));
}

TEST_F(MeasureEnergy, ALoadThatFailsDoesNotStopTheOthers) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time); });
  loads_.push_back({"broken", []() -> Status {
                      return Error{Fault::failed, "no kernel", "Conv_7", "try CPU"};
                    }});
  const auto results = measure();
  expect_truth(results[0][0], 0.01);
  ASSERT_FALSE(results[1][0]);
  EXPECT_EQ(results[1][0].error().where, "Conv_7");
}

TEST_F(MeasureEnergy, NoiseThatDoesNotSettleIsSaidAndNotHidden) {
  // Power wanders over many windows: each differs from the last.
  add(samples(0.02), [this](double time) { return watts(time, 1e-4) * (1 + 0.5 * std::sin(0.7 * time)); });
  const auto results = measure({.longest_window = Seconds(0.5)});
  ASSERT_TRUE(results[0][0]) << to_string(results[0][0].error());
  EXPECT_GT(results[0][0]->standard_error, 0.02);
  EXPECT_EQ(results[0][0]->window_joules.size(), 10U);
}

TEST_F(MeasureEnergy, DriftOfTheIdlePowerIsPartOfTheErrorAboveIt) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time) + 0.1 * time * time; });
  const auto results = measure();
  ASSERT_TRUE(results[0][0]) << to_string(results[0][0].error());
  const Energy& energy = *results[0][0];
  EXPECT_GT(energy.idle_after, energy.idle_before);
  EXPECT_GE(energy.above_idle_error.value, (energy.idle_after - energy.idle_before).value / 2 * 0.01 * 0.99);
}

TEST_F(MeasureEnergy, AStopBeforeTheWindowsInterrupts) {
  add(counter(0.001), [this](double time) { return machine_.joules_at(time); });
  const auto results = measure_energy({machine_.system, sensors_, [] { return true; }}, loads_);
  ASSERT_FALSE(results[0][0]);
  EXPECT_EQ(results[0][0].error().fault, Fault::interrupted);
}

TEST_F(MeasureEnergy, TheMarkerIsEmittedOnceBeforeAllElse) {
  SensorFacts facts = counter(0.001);
  facts.wants_marker = true;
  MadeUpSensor& sensor = add(facts, [this](double time) { return machine_.joules_at(time); });
  measure();
  ASSERT_EQ(sensor.marks.size(), 1U);
  EXPECT_GT(machine_.system.time().value, sensor.marks.front().value + 6.5);
}

TEST_F(MeasureEnergy, AMetersTraceIsAlignedByTheMarkerOfTheMeasurementItself) {
  machine_.system.live["meter.csv"] = [this](Seconds now) {
    std::string text = "time_ms,power_mw\n";
    for (double at = 0.02; at <= now.value; at += 0.02) {
      text += fmt::format("{:.0f},{:.0f}\n", 1e3 * at + 777000, 1e3 * watts(at, 0.02));
    }
    return text;
  };
  machine_.system.advance(Seconds(2));
  auto sensor = device::open_sensor(machine_.system, "trace:meter.csv,clock=marker");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  sensors_.push_back(*std::move(sensor));
  const auto results = measure();
  expect_truth(results[0][0], 0.02);
  EXPECT_EQ(results[0][0]->sensor, "trace");
  EXPECT_GT(results[0][0]->window.value, 0.9);  // the marker is found to 50 ms
}

TEST(DeclaredEnergy, IsTimeTimesPowerAndSaysSo) {
  const Energy energy = declared_energy({Watts(5), Watts(12)}, from_milliseconds(10));
  EXPECT_TRUE(energy.declared);
  EXPECT_EQ(energy.sensor, "declared");
  EXPECT_DOUBLE_EQ(energy.total.value, 0.12);
  EXPECT_DOUBLE_EQ(energy.above_idle.value, 0.07);
}

TEST(EnergyJson, IsReadBack) {
  Energy energy = declared_energy({Watts(5), Watts(12)}, from_milliseconds(10));
  energy.disagreement = 0.1;
  energy.window_joules = {0.1, 0.12};
  energy.channels = {{"package-0", 0.1}};
  const auto again = energy_from_json(to_json(energy));
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(to_json(*again), to_json(energy));
  nlohmann::json damaged = to_json(energy);
  damaged.erase("power_w");
  EXPECT_FALSE(energy_from_json(damaged));
}

}  // namespace
}  // namespace forecost::measurement
