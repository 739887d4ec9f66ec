// SPDX-License-Identifier: Apache-2.0
// What every entry of sensors.txt keeps, on a machine that draws a known power.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/sensor.h"
#include "forecost/device/sensor_probe.h"
#include "tests/device/sensors/worlds.h"

namespace forecost::device {
namespace {

class EverySensor : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    world_ = worlds::world_of(GetParam());
    ASSERT_NE(world_, nullptr) << "write its world into tests/device/sensors/worlds.cpp";
    world_->system.advance(Seconds(3));
  }
  Result<std::unique_ptr<Sensor>> opened() { return open_sensor(world_->system, world_->sensor); }

  std::unique_ptr<worlds::World> world_;
};

TEST_P(EverySensor, ReadsThePowerOfItsMachineOverTenSeconds) {
  auto sensor = opened();
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  const bool counter = (*sensor)->facts().reads == Reads::energy;
  const auto first = (*sensor)->read();
  ASSERT_TRUE(first) << to_string(first.error());
  Reading last = *first;
  for (int i = 0; i < 100; ++i) {
    world_->system.advance(Seconds(0.1));
    const auto reading = (*sensor)->read();
    ASSERT_TRUE(reading) << to_string(reading.error());
    EXPECT_GE(reading->time, last.time);
    EXPECT_GE(reading->took.value, 0);
    if (counter) {
      EXPECT_GE(reading->total, last.total) << "an energy never falls, also when its counter wraps";
    } else {
      EXPECT_DOUBLE_EQ(reading->total, world_->watts);
    }
    last = *reading;
  }
  if (!counter) return;
  const Seconds time = last.time - first->time;
  // Both ends are up to one update old: 0.1 s of 10 s for the slowest counter here.
  EXPECT_NEAR((last.total - first->total) / time.value, world_->watts, 0.011 * world_->watts);
}

TEST_P(EverySensor, ItsFactsDescribeItsReadings) {
  auto sensor = opened();
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  const SensorFacts& facts = (*sensor)->facts();
  EXPECT_THAT(facts.name, testing::StartsWith(GetParam()));
  EXPECT_FALSE(facts.scope.empty());
  const auto reading = (*sensor)->read();
  ASSERT_TRUE(reading) << to_string(reading.error());
  ASSERT_EQ(reading->parts.size(), facts.channels.size());
  double counted = 0;
  for (std::size_t c = 0; c < facts.channels.size(); ++c) {
    if (facts.channels[c].counted) counted += reading->parts[c];
  }
  EXPECT_DOUBLE_EQ(counted, reading->total);
}

TEST_P(EverySensor, OpensTwice) {
  auto first = opened();
  auto second = opened();
  ASSERT_TRUE(first);
  ASSERT_TRUE(second) << to_string(second.error());
  EXPECT_TRUE((*first)->read());
  EXPECT_TRUE((*second)->read());
}

TEST_P(EverySensor, ASourceThatVanishesIsAnErrorAndNotAZero) {
  auto sensor = opened();
  ASSERT_TRUE(sensor);
  world_->vanish();
  const auto reading = (*sensor)->read();
  ASSERT_FALSE(reading);
  EXPECT_FALSE(reading.error().where.empty());
}

class SensorWithRights : public EverySensor {};
TEST_P(SensorWithRights, AMissingOneIsSaidSoWithACommand) {
  world_->forbid();
  const auto sensor = opened();
  ASSERT_FALSE(sensor);
  EXPECT_EQ(sensor.error().fault, Fault::permission);
  EXPECT_FALSE(sensor.error().hint.empty());
}

TEST_P(EverySensor, AMachineWithoutItSaysWhyAndWhatHelps) {
  FakeSystem empty;
  empty.variables["FORECOST_NVML"] = "/nowhere/libnvidia-ml.so.1";
  const auto sensor = open_sensor(empty, GetParam());
  ASSERT_FALSE(sensor);
  EXPECT_EQ(sensor.error().fault, Fault::not_found);
  EXPECT_FALSE(sensor.error().what.empty());
  EXPECT_FALSE(sensor.error().hint.empty());
}

TEST_P(EverySensor, NonsenseAsArgumentIsRefusedWithAHint) {
  FakeSystem empty;
  empty.variables["FORECOST_NVML"] = "/nowhere/libnvidia-ml.so.1";
  const auto sensor = open_sensor(empty, GetParam() + ":no/such/thing,at=all");
  ASSERT_FALSE(sensor);
  EXPECT_FALSE(sensor.error().hint.empty());
}

TEST_P(EverySensor, IsProbedWithoutMakingUpAPeriod) {
  auto sensor = opened();
  ASSERT_TRUE(sensor);
  const auto probed = probe(world_->system, **sensor);
  ASSERT_TRUE(probed) << to_string(probed.error());
  EXPECT_NEAR(probed->power.value, world_->watts, 0.1 * world_->watts);
  if (probed->period) {
    EXPECT_GT(probed->period->value, 0);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const SensorCard& card : sensor_list()) list.emplace_back(card.name);
  return list;
}
INSTANTIATE_TEST_SUITE_P(Device, EverySensor, testing::ValuesIn(names()),
                         [](const auto& entry) { return entry.param; });

std::vector<std::string> names_with_rights() {
  std::vector<std::string> list = names();
  list.erase(std::remove_if(list.begin(), list.end(),
                            [](const std::string& name) {
                              const auto world = worlds::world_of(name);
                              return world != nullptr && !world->forbid;
                            }),
             list.end());
  return list;
}
INSTANTIATE_TEST_SUITE_P(Device, SensorWithRights, testing::ValuesIn(names_with_rights()),
                         [](const auto& entry) { return entry.param; });

TEST(Sensors, AnUnknownNameListsThoseThereAre) {
  const FakeSystem system;
  const auto sensor = open_sensor(system, "crystal_ball");
  ASSERT_FALSE(sensor);
  EXPECT_THAT(sensor.error().hint, testing::HasSubstr("rapl, nvml, hwmon"));
}

TEST(Sensors, AMachineWithoutAnyNamesThemAll) {
  FakeSystem system;
  system.variables["FORECOST_NVML"] = "/nowhere/libnvidia-ml.so.1";
  const SensorsHere here = find_sensors(system);
  EXPECT_THAT(here.present, testing::IsEmpty());
  EXPECT_EQ(absence_text(here.absent),
            "rapl absent, nvml absent, hwmon absent, trace absent, command absent");
}

TEST(Sensors, WhatIsPresentButForbiddenIsNotCalledAbsent) {
  const auto world = worlds::world_of("rapl");
  world->system.variables["FORECOST_NVML"] = "/nowhere/libnvidia-ml.so.1";
  world->forbid();
  EXPECT_THAT(absence_text(find_sensors(world->system).absent),
              testing::StartsWith("rapl not readable, nvml absent"));
}

TEST(Sensors, TwoWaysToReadOneGpuAreBothFound) {
  const auto world = worlds::world_of("nvml");
  const SensorsHere here = find_sensors(world->system);
  ASSERT_EQ(here.present.size(), 2U);
  EXPECT_EQ(here.present[0]->facts().name, "nvml");
  EXPECT_EQ(here.present[1]->facts().name, "nvml:power");
  EXPECT_EQ(here.present[0]->facts().scope, here.present[1]->facts().scope);
}

}  // namespace
}  // namespace forecost::device
