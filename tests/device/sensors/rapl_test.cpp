// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/device/sensor.h"
#include "forecost/device/sensor_probe.h"
#include "tests/device/sensors/worlds.h"

namespace forecost::device {
namespace {

using worlds::add_zone;

std::unique_ptr<Sensor> opened(const FakeSystem& system) {
  auto sensor = open_sensor(system, "rapl");
  if (!sensor) throw std::runtime_error(to_string(sensor.error()));
  return *std::move(sensor);
}

/// Watts of the total over ten seconds.
double power_of(const FakeSystem& system, Sensor& sensor) {
  const Reading first = *sensor.read();
  Reading last = first;
  for (int i = 0; i < 100; ++i) {
    system.advance(Seconds(0.1));
    last = *sensor.read();
  }
  return (last.total - first.total) / (last.time - first.time).value;
}

TEST(Rapl, CoreAndUncoreAreInThePackageAndPsysAroundIt) {
  FakeSystem system;
  add_zone(system, "intel-rapl:0", "package-0", 20);
  add_zone(system, "intel-rapl:0:0", "core", 12);
  add_zone(system, "intel-rapl:0:1", "uncore", 2);
  add_zone(system, "intel-rapl:0:2", "dram", 3);
  add_zone(system, "intel-rapl:1", "psys", 40);
  const auto sensor = opened(system);
  EXPECT_NEAR(power_of(system, *sensor), 23, 0.05);  // package + DRAM; 1 ms of 10 s at either end
  EXPECT_EQ(sensor->facts().channels[1].name, "package-0/core");
  EXPECT_FALSE(sensor->facts().channels[1].counted);
  EXPECT_FALSE(sensor->facts().channels[4].counted);
}

TEST(Rapl, DiesAndSocketsAdd) {
  FakeSystem system;
  add_zone(system, "intel-rapl:0", "package-0-die-0", 20);
  add_zone(system, "intel-rapl:1", "package-0-die-1", 30);
  add_zone(system, "intel-rapl:2", "package-1", 5);
  EXPECT_NEAR(power_of(system, *opened(system)), 55, 0.1);
}

TEST(Rapl, ASecondInterfaceToTheSamePackageIsNotCountedAgain) {
  FakeSystem system;
  add_zone(system, "intel-rapl-mmio:0", "package-0", 20);
  add_zone(system, "intel-rapl:0", "package-0", 20);
  EXPECT_NEAR(power_of(system, *opened(system)), 20, 0.05);
}

TEST(Rapl, PsysAloneIsTheMachine) {
  FakeSystem system;
  add_zone(system, "intel-rapl:0", "psys", 40);
  const auto sensor = opened(system);
  EXPECT_EQ(sensor->facts().scope, "machine");
  EXPECT_NEAR(power_of(system, *sensor), 40, 0.1);
}

RC_GTEST_PROP(Rapl, SeesThroughAnyWrapThatItIsReadWithinHalfOf, ()) {
  const double watts = *rc::gen::inRange(1, 400);
  const double range = *rc::gen::inRange(200, 70000);
  FakeSystem system;
  add_zone(system, "intel-rapl:0", "package-0", watts, range);
  const auto sensor = opened(system);
  const Reading first = *sensor->read();
  Reading last = first;
  for (int i = 0; i < 20; ++i) {
    system.advance(sensor->facts().longest_gap);
    last = *sensor->read();
  }
  const double truth = watts * (last.time - first.time).value;
  RC_ASSERT(std::abs(last.total - first.total - truth) <= watts * 0.004 + 1e-5);  // ticks and clock steps
}

TEST(Rapl, TheMissingRightIsGrantedByTheCommandOfTheHint) {
  FakeSystem system;
  add_zone(system, "intel-rapl:0", "package-0", 20);
  system.forbidden.insert("/sys/class/powercap/intel-rapl:0/energy_uj");
  const auto sensor = open_sensor(system, "rapl");
  ASSERT_FALSE(sensor);
  EXPECT_EQ(sensor.error().fault, Fault::permission);
  EXPECT_EQ(sensor.error().hint, "sudo chmod a+r /sys/class/powercap/*/energy_uj");
}

TEST(Rapl, GarbageInACounterIsAnErrorWithItsFile) {
  FakeSystem system;
  add_zone(system, "intel-rapl:0", "package-0", 20);
  const auto sensor = opened(system);
  system.live["/sys/class/powercap/intel-rapl:0/energy_uj"] = [](Seconds) { return std::string("lots\n"); };
  const auto reading = sensor->read();
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().where, "/sys/class/powercap/intel-rapl:0/energy_uj");
}

TEST(Rapl, ItsUpdatePeriodIsFoundByReadingIt) {
  FakeSystem system;
  system.step = from_microseconds(20);
  add_zone(system, "intel-rapl:0", "package-0", 20);
  const auto found = probe(system, *opened(system));
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->period);
  EXPECT_NEAR(milliseconds(*found->period), 1, 0.1);  // it is read every 0.06 ms
}

}  // namespace
}  // namespace forecost::device
