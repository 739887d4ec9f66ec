// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/owner.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace forecost::search {
namespace {

TEST(Owner, ThisProcessLives) {
  const auto system = device::this_machine();
  EXPECT_EQ(this_owner(*system), this_owner(*system));
  EXPECT_FALSE(is_gone(this_owner(*system), this_owner(*system), *system));
}

TEST(Owner, AProcessThatEndedIsGone) {
  const auto system = device::this_machine();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string name = this_owner(*system);
    const bool written = write(ends[1], name.data(), name.size()) == static_cast<ssize_t>(name.size());
    _exit(written ? 0 : 1);
  }
  char buffer[512];
  const ssize_t size = read(ends[0], buffer, sizeof buffer);
  ASSERT_GT(size, 0);
  const std::string owner(buffer, static_cast<std::size_t>(size));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(is_gone(owner, this_owner(*system), *system));
}

TEST(Owner, NothingIsKnownOfOtherHosts) {
  const auto system = device::this_machine();
  for (const char* owner : {"", "elsewhere/boot/1/2", "garbage", "a/b/c/d/e"}) {
    EXPECT_FALSE(is_gone(owner, this_owner(*system), *system)) << owner;
  }
}

}  // namespace
}  // namespace forecost::search
