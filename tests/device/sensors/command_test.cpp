// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/sensor.h"
#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

TEST(Command, CountsFromItsFirstNumber) {
  FakeSystem system;
  system.programs["meter"] = [](Seconds now) { return std::to_string(1000 + 5 * now.value) + "\n"; };
  const auto sensor = open_sensor(system, "command:meter");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  const Reading first = *(*sensor)->read();
  system.advance(Seconds(10));
  const Reading last = *(*sensor)->read();
  EXPECT_LT(first.total, 1);
  EXPECT_NEAR((last.total - first.total) / (last.time - first.time).value, 5, 0.01);
  EXPECT_GT(last.took.value, 0.005);  // the program's own time is kept
}

TEST(Command, GarbageIsShown) {
  FakeSystem system;
  system.programs["meter"] = [](Seconds) { return std::string("12.5 joules\n"); };
  const auto sensor = open_sensor(system, "command:meter");
  ASSERT_FALSE(sensor);
  EXPECT_EQ(sensor.error().what, "the program printed '12.5 joules' and no joules");
  EXPECT_THAT(sensor.error().hint, testing::HasSubstr("one number"));
}

TEST(Command, SilenceIsNoZero) {
  FakeSystem system;
  system.programs["meter"] = [](Seconds) { return std::string(); };
  EXPECT_FALSE(open_sensor(system, "command:meter"));
}

TEST(Command, AnEnergyThatFallsIsRefused) {
  FakeSystem system;
  system.programs["meter"] = [](Seconds now) { return std::to_string(100 - now.value) + "\n"; };
  const auto sensor = open_sensor(system, "command:meter");
  ASSERT_TRUE(sensor);
  system.advance(Seconds(1));
  const auto reading = (*sensor)->read();
  ASSERT_FALSE(reading);
  EXPECT_THAT(reading.error().hint, testing::HasSubstr("since a fixed moment"));
}

TEST(RunProgram, GivesWhatItPrints) {
  const auto text = this_machine()->run_program("echo one; echo two", Seconds(30));
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(*text, "one\ntwo\n");
}

TEST(RunProgram, ThatFailsHasItsLastWordsInTheError) {
  const auto text = this_machine()->run_program("echo no meter here >&2; exit 3", Seconds(30));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().what, "the program ended with 3: no meter here");
}

TEST(RunProgram, ThatDoesNotEndIsEnded) {
  const auto text = this_machine()->run_program("sleep 100", Seconds(0.05));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().fault, Fault::exhausted);
}

TEST(RunProgram, ThatIsKilledSaysSo) {
  const auto text = this_machine()->run_program("kill -9 $$", Seconds(30));
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().what, testing::HasSubstr("signal 9"));
}

}  // namespace
}  // namespace forecost::device
