// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/sensor.h"
#include "forecost/device/sensor_probe.h"
#include "tests/device/sensors/worlds.h"
#include "tests/fake_nvml/fake_nvml.h"

namespace forecost::device {
namespace {

class Nvml : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(world_, nullptr) << "the fake library is not there";
    void* library = dlopen(FORECOST_FAKE_NVML, RTLD_NOW | RTLD_LOCAL);
    fake_ = reinterpret_cast<tests::FakeNvml* (*)()>(dlsym(library, "fake_nvml"))();
  }
  std::unique_ptr<worlds::World> world_ = worlds::world_of("nvml");
  tests::FakeNvml* fake_ = nullptr;
};

TEST_F(Nvml, TheEnergyCounterComesFirst) {
  const auto sensor = open_sensor(world_->system, "nvml");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  EXPECT_EQ((*sensor)->facts().reads, Reads::energy);
  EXPECT_EQ((*sensor)->facts().scope, "gpu 0");
}

TEST_F(Nvml, ItsUpdatePeriodIsFoundByReadingIt) {
  auto sensor = open_sensor(world_->system, "nvml");
  const auto found = probe(world_->system, **sensor);
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->period);
  EXPECT_NEAR(milliseconds(*found->period), 100, 5);  // it is read every 3 ms
}

TEST_F(Nvml, WithoutACounterInstantPowerIsReadAndNotAveraged) {
  fake_->has_counter = false;
  const auto sensor = open_sensor(world_->system, "nvml");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  EXPECT_EQ((*sensor)->facts().name, "nvml:power");
  EXPECT_EQ((*sensor)->facts().reads, Reads::power);
  EXPECT_EQ((*sensor)->facts().averaging.value, 0);
  EXPECT_DOUBLE_EQ((*sensor)->read()->total, world_->watts);
}

TEST_F(Nvml, AveragedPowerIsKnownToBeAveraged) {
  fake_->has_instant = false;
  EXPECT_EQ((*open_sensor(world_->system, "nvml:power"))->facts().averaging, Seconds(1));
  fake_->has_average = false;  // an old driver
  const auto sensor = open_sensor(world_->system, "nvml:power");
  EXPECT_EQ((*sensor)->facts().averaging, Seconds(1));
  EXPECT_DOUBLE_EQ((*sensor)->read()->total, world_->watts);
}

TEST_F(Nvml, ClocksTemperatureAndReasonsToThrottleAreKept) {
  const auto sensor = open_sensor(world_->system, "nvml");
  EXPECT_THAT((*sensor)->conditions(),
              testing::ElementsAre(testing::Pair("clock_mhz", 1980), testing::Pair("memory_clock_mhz", 2619),
                                   testing::Pair("temperature_c", 41), testing::Pair("throttle_reasons", 4)));
}

TEST_F(Nvml, ASecondGpuHasItsOwnScope) {
  fake_->gpus = 2;
  const auto sensor = open_sensor(world_->system, "nvml:1,power");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  EXPECT_EQ((*sensor)->facts().name, "nvml:1,power");
  EXPECT_EQ((*sensor)->facts().scope, "gpu 1");
  const auto third = open_sensor(world_->system, "nvml:2");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().what, "there are 2 GPUs, no GPU 2");
}

TEST_F(Nvml, ALostGpuIsSaidInNvmlsWords) {
  auto sensor = open_sensor(world_->system, "nvml");
  fake_->failure = 15;
  const auto reading = (*sensor)->read();
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().what, "NVML says: GPU is lost");
}

TEST_F(Nvml, TheLibraryIsEndedAsOftenAsItIsBegun) {
  {
    const auto one = open_sensor(world_->system, "nvml");
    const auto two = open_sensor(world_->system, "nvml:power");
    EXPECT_EQ(fake_->begun, 2);
    EXPECT_FALSE(open_sensor(world_->system, "nvml:7"));
    EXPECT_EQ(fake_->begun, 2);
  }
  EXPECT_EQ(fake_->begun, 0);
}

TEST_F(Nvml, AnotherLibraryIsRefused) {
  world_->system.variables["FORECOST_NVML"] = "libm.so.6";
  const auto sensor = open_sensor(world_->system, "nvml");
  ASSERT_FALSE(sensor);
  EXPECT_THAT(sensor.error().what, testing::HasSubstr("it is not NVML"));
}

}  // namespace
}  // namespace forecost::device
