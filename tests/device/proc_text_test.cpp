// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/proc_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace forecost::device {
namespace {

TEST(ProcText, ReadsTheCpuLineInTicks) {  // columns: proc(5), user nice system idle iowait irq softirq steal
  const auto times = cpu_times_of("cpu  100 20 30 4000 50 6 7 80 0 0\ncpu0 1 2 3 4\n", 100);
  ASSERT_TRUE(times);
  EXPECT_DOUBLE_EQ(times->busy, 1.63);
  EXPECT_DOUBLE_EQ(times->steal, 0.8);
  EXPECT_DOUBLE_EQ(times->idle, 40.5);
}

TEST(ProcText, ALineWithoutFiguresIsNoCpuLine) {
  EXPECT_FALSE(cpu_times_of("", 100));
  EXPECT_FALSE(cpu_times_of("cpu 1 2\n", 100));
  EXPECT_FALSE(cpu_times_of("intr 1 2 3 4 5\n", 100));
}

TEST(ProcText, ReadsKilobytesOfTheNamedFieldAlone) {
  const char* status = "Name:\tforecost\nVmHWM:\t   1234 kB\nVmRSS:\t    987 kB\nThreads:\t3\n";
  EXPECT_EQ(kilobytes_field(status, "VmHWM"), Bytes(1234 * 1024));
  EXPECT_EQ(kilobytes_field(status, "VmRSS"), Bytes(987 * 1024));
  EXPECT_FALSE(kilobytes_field(status, "Threads"));
  EXPECT_FALSE(kilobytes_field(status, "Vm"));
}

TEST(ProcText, AnyTextIsReadOrRefused) {
  rc::check("no text breaks the readers", [](const std::string& text, const std::string& key) {
    (void)cpu_times_of(text, 100);
    (void)kilobytes_field(text, key);
    const auto value = cpuinfo_field(text, key);
    if (value) RC_ASSERT(text.find(*value) != std::string::npos);
  });
}

}  // namespace
}  // namespace forecost::device
