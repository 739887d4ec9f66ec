// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/sensor.h"
#include "tests/device/sensors/worlds.h"

namespace forecost::device {
namespace {

using worlds::add_rail;

double total_of(const FakeSystem& system, const std::string& name) {
  const auto sensor = open_sensor(system, name);
  if (!sensor) throw std::runtime_error(to_string(sensor.error()));
  return (*sensor)->read()->total;
}

TEST(Hwmon, TheInputOfAJetsonContainsItsOtherRails) {
  FakeSystem system;  // Xavier NX
  add_rail(system, "hwmon3", 1, "VDD_IN", 10);
  add_rail(system, "hwmon3", 2, "VDD_CPU_GPU_CV", 4);
  add_rail(system, "hwmon3", 3, "VDD_SOC", 2);
  EXPECT_DOUBLE_EQ(total_of(system, "hwmon"), 10);
  const auto sensor = open_sensor(system, "hwmon");
  EXPECT_THAT((*sensor)->read()->parts,
              testing::ElementsAre(testing::DoubleEq(10), testing::DoubleEq(4), testing::DoubleEq(2)));
}

TEST(Hwmon, WithoutAnInputTheRailsOfTwoChipsAdd) {
  FakeSystem system;  // AGX Orin
  add_rail(system, "hwmon3", 1, "VDD_GPU_SOC", 5);
  add_rail(system, "hwmon3", 2, "VDD_CPU_CV", 2);
  add_rail(system, "hwmon3", 3, "VIN_SYS_5V0", 4);
  add_rail(system, "hwmon4", 1, "NC", 0);
  add_rail(system, "hwmon4", 2, "VDDQ_VDD2_1V8AO", 1);
  EXPECT_DOUBLE_EQ(total_of(system, "hwmon"), 12);
}

TEST(Hwmon, RailsAreChosenByLabel) {
  FakeSystem system;
  add_rail(system, "hwmon3", 1, "VDD_IN", 10);
  add_rail(system, "hwmon3", 2, "VDD_CPU_GPU_CV", 4);
  add_rail(system, "hwmon3", 3, "VDD_SOC", 2);
  EXPECT_DOUBLE_EQ(total_of(system, "hwmon:VDD_CPU_GPU_CV,VDD_SOC"), 6);
  const auto wrong = open_sensor(system, "hwmon:VDD_GPU");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().hint, testing::HasSubstr("VDD_IN, VDD_CPU_GPU_CV, VDD_SOC"));
}

TEST(Hwmon, TheOlderDriverOfNvidiaIsRead) {
  FakeSystem system;  // Jetson Nano with JetPack 4
  const std::string place = "/sys/bus/iio/devices/iio:device0/";
  for (int i = 0; i < 3; ++i) {
    system.files[place + "in_power" + std::to_string(i) + "_input"] = std::to_string(1000 * (3 - i)) + "\n";
  }
  system.files[place + "rail_name_0"] = "POM_5V_IN\n";
  system.files[place + "rail_name_1"] = "POM_5V_GPU\n";
  system.files[place + "rail_name_2"] = "POM_5V_CPU\n";
  EXPECT_DOUBLE_EQ(total_of(system, "hwmon"), 3);
}

TEST(Hwmon, BothNamesOfTheDriverAreKnown) {
  FakeSystem system;
  add_rail(system, "hwmon1", 1, "VDD_IN", 7);
  system.files["/sys/class/hwmon/hwmon1/name"] = "ina3221x\n";
  EXPECT_DOUBLE_EQ(total_of(system, "hwmon"), 7);
}

TEST(Hwmon, OtherMonitorsSpeakOfMicrowatts) {
  FakeSystem system;
  system.files["/sys/class/hwmon/hwmon0/name"] = "ina226\n";
  system.files["/sys/class/hwmon/hwmon0/power1_input"] = "4250000\n";
  EXPECT_DOUBLE_EQ(total_of(system, "hwmon"), 4.25);
}

TEST(Hwmon, AChipThatMonitorsItselfIsItsOwnScopeAndABatteryIsNone) {
  FakeSystem system;
  system.files["/sys/class/hwmon/hwmon0/name"] = "amdgpu\n";
  system.files["/sys/class/hwmon/hwmon0/power1_average"] = "31000000\n";
  system.files["/sys/class/hwmon/hwmon1/name"] = "BAT0\n";
  system.files["/sys/class/hwmon/hwmon1/power1_input"] = "9000000\n";
  const auto sensor = open_sensor(system, "hwmon");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  EXPECT_EQ((*sensor)->facts().scope, "amdgpu");
  EXPECT_DOUBLE_EQ((*sensor)->read()->total, 31);
}

TEST(Hwmon, VoltagesOfATemperatureChipAreNoRails) {
  FakeSystem system;
  system.files["/sys/class/hwmon/hwmon0/name"] = "nct6775\n";
  system.files["/sys/class/hwmon/hwmon0/in1_input"] = "1200\n";
  system.files["/sys/class/hwmon/hwmon0/curr1_input"] = "900\n";
  const auto sensor = open_sensor(system, "hwmon");
  ASSERT_FALSE(sensor);
  EXPECT_EQ(sensor.error().fault, Fault::not_found);
}

TEST(Hwmon, AnUpdateIntervalIsItsPeriod) {
  FakeSystem system;
  add_rail(system, "hwmon1", 1, "VDD_IN", 7);
  system.files["/sys/class/hwmon/hwmon1/update_interval"] = "36\n";
  EXPECT_DOUBLE_EQ(milliseconds((*open_sensor(system, "hwmon"))->facts().period), 36);
}

}  // namespace
}  // namespace forecost::device
