// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/device/power_trace.h"
#include "forecost/device/sensor.h"
#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

using testing::HasSubstr;

/// A meter of `rate` samples a second whose marker begins at `start` on its clock.
PowerTrace marked_trace(double start, double length, double rate, double loaded = 15, double noise = 0) {
  PowerTrace trace;
  for (int i = 0; i / rate < length; ++i) {
    const double at = i / rate;
    const auto pulse = static_cast<std::ptrdiff_t>(std::floor((at - start) / marker_pulse.value));
    const bool on = pulse >= 0 && pulse < std::ssize(marker) && marker[static_cast<std::size_t>(pulse)];
    trace.seconds.push_back(at);
    trace.watts.push_back((on ? loaded : 10.0) + noise * std::sin(i * 2.3999632));
  }
  return trace;
}

TEST(PowerTrace, ColumnsAreFoundByNameAndUnit) {
  const auto trace = parse_trace("Time_ms,Volts,Power_mW\n1000,5,2500\n1100,5,2600\n", "meter.csv");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->seconds, testing::ElementsAre(testing::DoubleEq(1), testing::DoubleEq(1.1)));
  EXPECT_THAT(trace->watts, testing::ElementsAre(testing::DoubleEq(2.5), testing::DoubleEq(2.6)));
  EXPECT_NEAR(trace->period().value, 0.1, 1e-12);
}

TEST(PowerTrace, ALineThatIsStillBeingWrittenIsLeftForLater) {
  const auto trace = parse_trace("time,power\n1,2\n2,3\n3,", "meter.csv");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_EQ(trace->seconds.size(), 2U);
}

TEST(PowerTrace, MistakesHaveTheirLine) {
  const auto word = parse_trace("time,power\n1,2\n2,high\n", "meter.csv");
  ASSERT_FALSE(word);
  EXPECT_EQ(word.error().where, "meter.csv:3 (power)");
  const auto back = parse_trace("time,power\n5,2\n4,2\n", "meter.csv");
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().where, "meter.csv:3 (time)");
  const auto nameless = parse_trace("when,how much\n1,2\n", "meter.csv");
  ASSERT_FALSE(nameless);
  EXPECT_THAT(nameless.error().hint, HasSubstr("when, how much"));
  EXPECT_FALSE(parse_trace("", "meter.csv"));
  EXPECT_FALSE(parse_trace("time,power\n", "meter.csv"));
}

RC_GTEST_PROP(Marker, IsFoundWhereverItIs, ()) {
  const double start = *rc::gen::inRange(0, 2000) * 0.01;
  const double rate = *rc::gen::element(10.0, 50.0, 1000.0);
  const double noise = *rc::gen::inRange(0, 3);
  const auto found = find_marker(marked_trace(start, 40, rate, 15, noise), "meter.csv");
  RC_ASSERT(found.has_value());
  RC_ASSERT(std::abs(found->value - start) <= 0.03 + 1 / rate);  // a step of the search and a sample
}

TEST(Marker, ASteadyTraceHasNone) {
  const auto found = find_marker(marked_trace(-100, 40, 10), "meter.csv");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().fault, Fault::not_found);
}

TEST(Marker, ALoadThatComesAndGoesIsNone) {
  PowerTrace trace;
  for (int i = 0; i < 400; ++i) {
    trace.seconds.push_back(i * 0.1);
    trace.watts.push_back(i / 25 % 2 == 0 ? 10 : 30);
  }
  EXPECT_FALSE(find_marker(trace, "meter.csv"));
}

TEST(Marker, TwoOfThemAreRefused) {
  PowerTrace trace = marked_trace(2, 20, 50);
  const PowerTrace again = marked_trace(5, 20, 50);
  for (std::size_t i = 0; i < again.seconds.size(); ++i) {
    trace.seconds.push_back(20 + again.seconds[i]);
    trace.watts.push_back(again.watts[i]);
  }
  const auto found = find_marker(trace, "meter.csv");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().hint, HasSubstr("new file"));
}

/// A file that a meter writes as time goes by, its clock `ahead` of ours.
FakeSystem::Text meter(double ahead, std::function<double(double)> watts) {
  return [=](Seconds now) {
    std::string text = "time,power\n";
    for (double at = 0; at <= now.value; at += 0.05)
      text += fmt::format("{:.2f},{}\n", at + ahead, watts(at));
    return text;
  };
}

TEST(Trace, ItsClockIsTheOneOfTheWall) {
  FakeSystem system;
  system.advance(Seconds(1));
  system.live["meter.csv"] = meter(1.7e9, [](double at) { return at < 5 ? 10.0 : 20.0; });
  const auto sensor = open_sensor(system, "trace:meter.csv");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  system.advance(Seconds(9));
  const auto log = (*sensor)->log(Seconds(4), Seconds(6));
  ASSERT_TRUE(log) << to_string(log.error());
  for (const Reading& reading : *log) {
    if (std::abs(reading.time.value - 5) < 0.01) continue;  // the clock moves while it is read
    EXPECT_EQ(reading.total, reading.time.value < 5 ? 10 : 20) << reading.time.value;
  }
  EXPECT_LE(log->front().time.value, 4);
  EXPECT_GE(log->back().time.value, 6);
}

TEST(Trace, AMeterThatWritesLateIsWaitedFor) {
  FakeSystem system;
  const auto write = meter(1.7e9, [](double) { return 10.0; });
  system.live["meter.csv"] = [write](Seconds now) { return write(Seconds(std::floor(now.value / 4) * 4)); };
  system.advance(Seconds(5));
  const auto sensor = open_sensor(system, "trace:meter.csv");
  EXPECT_TRUE((*sensor)->log(Seconds(3), Seconds(5)));
  EXPECT_GE(system.time().value, 8);
}

TEST(Trace, AMeterThatStoppedIsAnErrorWithAHint) {
  FakeSystem system;
  system.files["meter.csv"] = "time,power\n1700000001,10\n1700000002,10\n";
  const auto sensor = open_sensor(system, "trace:meter.csv");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  const auto log = (*sensor)->log(Seconds(1), Seconds(30));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().fault, Fault::exhausted);
  const auto early = (*sensor)->log(Seconds(0.2), Seconds(1.5));
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().hint, HasSubstr("start the meter first"));
}

TEST(Trace, MarkerPulsesTellAClockThatNobodySet) {
  FakeSystem system;
  constexpr double began = 3;
  const auto watts = [](double at) {
    const auto pulse = static_cast<std::ptrdiff_t>(std::floor((at - began) / marker_pulse.value));
    const bool on = pulse >= 0 && pulse < std::ssize(marker) && marker[static_cast<std::size_t>(pulse)];
    return on || at >= 20 ? 25.0 : 10.0;
  };
  system.live["meter.csv"] = meter(-1234, watts);
  system.advance(Seconds(30));
  const auto sensor = open_sensor(system, "trace:meter.csv,clock=marker");
  ASSERT_TRUE(sensor) << to_string(sensor.error());
  EXPECT_TRUE((*sensor)->facts().wants_marker);
  EXPECT_FALSE((*sensor)->log(Seconds(19), Seconds(21))) << "nobody emitted the marker yet";
  (*sensor)->marked(Seconds(began));
  const auto log = (*sensor)->log(Seconds(19), Seconds(21));
  ASSERT_TRUE(log) << to_string(log.error());
  for (const Reading& reading : *log) {
    if (std::abs(reading.time.value - 20) < 0.06) continue;  // as exact as the marker is found
    EXPECT_EQ(reading.total, reading.time.value < 20 ? 10 : 25) << reading.time.value;
  }
}

}  // namespace
}  // namespace forecost::device
