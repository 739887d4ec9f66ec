// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::deployment {
namespace {

using ::testing::HasSubstr;

TEST(Link, SendingTakesBytesOverBandwidth) {
  const Link link{.up = 2e6, .down = 4e6};
  EXPECT_DOUBLE_EQ(sending_time(link, Bytes(1'000'000)).value, 0.5);
  EXPECT_DOUBLE_EQ(receiving_time(link, Bytes(1'000'000)).value, 0.25);
  EXPECT_EQ(sending_time({}, Bytes(1'000'000)).value, 0);
}

TEST(Link, TheRadioIsPaidPerByteAndPerSecond) {
  const Link link{
      .up = 1e6, .down = 1e6, .radio_energy = 2e-6, .radio_power = Watts(3), .idle_power = Watts(0.5)};
  // 3,000 bytes at 2 uJ, and 3 ms at 3 W.
  EXPECT_DOUBLE_EQ(radio_energy(link, Bytes(1000), Bytes(2000)).value, 0.006 + 0.009);
  EXPECT_DOUBLE_EQ(waiting_energy(link, Seconds(0.2)).value, 0.1);
}

TEST(Bandwidth, IsReadInBitsAndBytes) {
  EXPECT_DOUBLE_EQ(parse_bandwidth("10 Mbit/s").value(), 1.25e6);
  EXPECT_DOUBLE_EQ(parse_bandwidth("2.5MB/s").value(), 2.5e6);
  EXPECT_DOUBLE_EQ(parse_bandwidth(" 1 KiB/s ").value(), 1024);
}

TEST(Bandwidth, WithoutAUnitOrAboveNothingIsRefusedWithAnExample) {
  for (const char* text : {"", "10", "10 Mbps", "0 MB/s", "-1 MB/s", "fast", "1e999 B/s"}) {
    const Result<double> read = parse_bandwidth(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_THAT(read.error().hint, HasSubstr("10 Mbit/s"));
  }
}

}  // namespace
}  // namespace forecost::deployment
