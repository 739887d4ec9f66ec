// SPDX-License-Identifier: Apache-2.0
// What forecost-torch computes is tested in tests/eager; here it is found, or said to be absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/runner.h"
#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

using testing::HasSubstr;

TEST(TorchRunner, AVariableThatNamesNoProgramIsSaid) {
  FakeSystem system;
  system.variables["FORECOST_TORCH"] = "/no/such/forecost-torch";
  const auto runner = find_runner("torch")->open(system, {});
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().fault, Fault::not_found);
  EXPECT_THAT(runner.error().what, HasSubstr("FORECOST_TORCH"));
}

TEST(TorchRunner, WhatTheVariableNamesIsAsked) {
  FakeSystem system;
  system.variables["FORECOST_TORCH"] = "/bin/false";
  const auto runner = find_runner("torch")->open(system, {});
  ASSERT_FALSE(runner);
  EXPECT_THAT(runner.error().what, HasSubstr("ended with 1"));
  EXPECT_THAT(runner.error().where, HasSubstr("/bin/false run"));
}

}  // namespace
}  // namespace forecost::device
