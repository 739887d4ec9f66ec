// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/system.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "forecost/device/pinning.h"
#include "forecost/device/temp_folder.h"
#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

TEST(ThisMachine, ItsClocksDoNotRunBackwards) {
  const auto system = this_machine();
  Seconds before = system->now(), cpu_before = system->thread_cpu_time();
  for (int i = 0; i < 1000; ++i) {
    const Seconds after = system->now(), cpu_after = system->thread_cpu_time();
    EXPECT_LE(before, after);
    EXPECT_LE(cpu_before, cpu_after);
    before = after, cpu_before = cpu_after;
  }
  const Seconds of_thread = system->thread_cpu_time();
  EXPECT_GE(system->process_cpu_time(), of_thread);
}

TEST(ThisMachine, ThePeakOfMemoryIsNotBelowWhatIsResidentNow) {
  const auto system = this_machine();
  EXPECT_GT(system->resident_now().value, 0);
  const Bytes now = system->resident_now();
  EXPECT_GE(system->resident_peak(), now);
}

TEST(ThisMachine, AResetForgetsAPeakThatWasFreed) {
  const auto system = this_machine();
  constexpr std::int64_t size = 64 << 20;
  {
    const std::vector<char> large(size, 'x');
    const volatile char* kept = large.data();  // a compiler may leave out an allocation that nobody reads
    EXPECT_EQ(*kept, 'x');
  }
  const Bytes high = system->resident_peak();
  const auto reset = system->reset_resident_peak();
  if (!reset)
    GTEST_SKIP() << "skipped: /proc/self/clear_refs cannot be written: " << to_string(reset.error());
  EXPECT_LT(system->resident_peak().value, high.value - size / 2);
}

TEST(ThisMachine, AnAbsentFileIsNotFoundAndAFolderIsNoFile) {
  const auto system = this_machine();
  const auto absent = system->read_text("/nowhere/at/all");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().fault, Fault::not_found);
  EXPECT_EQ(absent.error().where, "/nowhere/at/all");
  EXPECT_EQ(absent.error().hint, "check the path");
  const auto folder = system->read_text("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().fault, Fault::bad_input);
}

TEST(Pinning, HoldsAThreadOnOneCoreAndGivesTheOthersBack) {
  const auto system = this_machine();
  const auto before = system->allowed_cores();
  ASSERT_FALSE(before.empty());
  {
    const std::vector<int> one{before.back()};
    const Pinning pinning(one);
    EXPECT_TRUE(pinning.held());
    EXPECT_EQ(system->allowed_cores(), one);
  }
  EXPECT_EQ(system->allowed_cores(), before);
}

TEST(Pinning, ACoreThatIsNotThereIsNotHeldAndNothingChanges) {
  const auto system = this_machine();
  const auto before = system->allowed_cores();
  const std::vector<int> none{1023};
  if (std::find(before.begin(), before.end(), 1023) != before.end())
    GTEST_SKIP() << "skipped: a machine of < 1024 cores";
  const Pinning pinning(none);
  EXPECT_FALSE(pinning.held());
  EXPECT_EQ(system->allowed_cores(), before);
}

TEST(ThisMachine, AFileThatFailsWhileItIsReadIsAnError) {
  // Opens, and has no page at address 0.
  EXPECT_FALSE(this_machine()->read_text("/proc/self/mem").has_value());
}

TEST(TempFolder, IsGoneWithAllThatIsInIt) {
  std::filesystem::path path;
  {
    auto folder = TempFolder::make(*this_machine());
    ASSERT_TRUE(folder);
    path = folder->path();
    std::filesystem::create_directories(path / "a" / "b");
    EXPECT_TRUE(std::filesystem::exists(path / "a" / "b"));
    const TempFolder moved = std::move(*folder);
    EXPECT_EQ(moved.path(), path);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TempFolder, WithoutAPlaceSaysToSetTmpdir) {
  FakeSystem system;
  system.variables["TMPDIR"] = "/nowhere/at/all";
  const auto folder = TempFolder::make(system);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().where, "/nowhere/at/all");
  EXPECT_NE(folder.error().hint.find("TMPDIR"), std::string::npos);
}

}  // namespace
}  // namespace forecost::device
