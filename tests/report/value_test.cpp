// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/value.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace forecost::report {
namespace {

TEST(Value, PeopleReadUnits) {
  EXPECT_EQ(to_text(Value(Seconds(0.01234))), "12.3 ms");
  EXPECT_EQ(to_text(Value(Joules(0.0042))), "4.20 mJ");
  EXPECT_EQ(to_text(Value(Bytes(1536))), "1.50 KiB");
  EXPECT_EQ(to_text(Value(Macs(4089184256))), "4.09 G");
  EXPECT_EQ(to_text(Value(Share{0.125})), "12.5 %");
  EXPECT_EQ(to_text(Value(SignedError{0.031})), "+3.1 %");
  EXPECT_EQ(to_text(Value(SignedError{-0.2})), "-20.0 %");
  EXPECT_EQ(to_text(Value(std::vector<std::string>{"conv1", "relu1"})), "conv1 + relu1");
  EXPECT_EQ(to_text(Value()), "-");
}

TEST(Value, MachinesReadPlainNumbersAndMilliseconds) {
  EXPECT_EQ(to_plain(Value(Seconds(0.5))), "500");
  EXPECT_EQ(to_plain(Value(Joules(0.5))), "500");
  EXPECT_EQ(to_plain(Value(Bytes(1536))), "1536");
  EXPECT_EQ(to_plain(Value(SignedError{-0.25})), "-0.25");
  EXPECT_EQ(to_plain(Value(true)), "true");
  EXPECT_EQ(to_plain(Value()), "");
}

TEST(Value, ANumberThatIsNotFiniteIsAbsent) {
  EXPECT_EQ(to_plain(Value(std::numeric_limits<double>::infinity())), "");
  EXPECT_EQ(to_text(Value(std::numeric_limits<double>::quiet_NaN())), "-");
}

TEST(Value, NamesFromAFileCannotDriveATerminal) {
  EXPECT_EQ(to_text(Value(std::string("a\x1b[2Jb\r\n"))), "a?[2Jb??");
}

TEST(Elided, KeepsBothEnds) {
  EXPECT_EQ(elided("/encoder/layer.11/attention/self/query/MatMul", 16), "/encoder~/MatMul");
  EXPECT_EQ(elided("short", 16), "short");
  EXPECT_EQ(elided("anything", 0), "");
  EXPECT_EQ(elided("ab", 1), "~");
}

TEST(Elided, IsAlwaysAsWideAsAskedOrTheTextItself) {
  rc::check("for any text and width", [] {
    const auto points =
        *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a", "é", "漢", "/"));
    std::string text;
    for (const std::string& point : points) text += point;
    const auto width = *rc::gen::inRange<std::size_t>(0, 40);
    const std::string cut = elided(text, width);
    RC_ASSERT(width_of(cut) == std::min(width, points.size()));
  });
}

}  // namespace
}  // namespace forecost::report
