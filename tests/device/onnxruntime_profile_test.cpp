// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/onnxruntime_profile.h"

#include <sstream>

#include <gtest/gtest.h>

namespace forecost::device::ort {
namespace {

// As ONNX Runtime 1.32 writes it, shortened.
constexpr const char* two_runs = R"([
{"cat" : "Session","pid" :7,"tid" :7,"dur" :812,"ts" :5,"ph" : "X","name" :"session_initialization","args" : {}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :20,"ts" :900,"ph" : "X","name" :"conv1_kernel_time","args" : {"op_name" : "Conv","node_index" : "3"}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :0,"ts" :930,"ph" : "X","name" :"fc_kernel_time","args" : {"op_name" : "Gemm"}},
{"cat" : "Session","pid" :7,"tid" :7,"dur" :40,"ts" :890,"ph" : "X","name" :"SequentialExecutor::Execute","args" : {}},
{"cat" : "Session","pid" :7,"tid" :7,"dur" :48,"ts" :885,"ph" : "X","name" :"model_run","args" : {}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :1,"ts" :980,"ph" : "X","name" :"conv1_fence_before","args" : {"op_name" : "Conv"}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :18,"ts" :981,"ph" : "X","name" :"conv1_kernel_time","args" : {"op_name" : "Conv"}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :2,"ts" :999,"ph" : "X","name" :"fc_kernel_time","args" : {"op_name" : "Gemm"}},
{"cat" : "Session","pid" :7,"tid" :7,"dur" :48,"ts" :980,"ph" : "X","name" :"model_run","args" : {}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :18,"ts" :1000,"ph" : "X","name" :"conv1_kernel_time","args" : {"op_name" : "Conv"}}
])";

TEST(Profile, GivesTheNodesOfEveryCompleteRunInOrder) {
  std::istringstream text(two_runs);
  const auto runs = read_profile(text);
  ASSERT_TRUE(runs) << to_string(runs.error());
  ASSERT_EQ(runs->size(), 2u);
  for (const auto& run : *runs) {
    ASSERT_EQ(run.size(), 2u);
    EXPECT_EQ(run[0].node, "conv1");
    EXPECT_EQ(run[0].op, "Conv");
    EXPECT_EQ(run[1].node, "fc");
    EXPECT_EQ(run[1].op, "Gemm");
  }
}

TEST(Profile, AddsTheHalfMicrosecondThatTruncationTook) {
  std::istringstream text(two_runs);
  const auto runs = read_profile(text);
  ASSERT_TRUE(runs);
  EXPECT_NEAR(microseconds((*runs)[0][0].time), 20.5, 1e-9);
  EXPECT_NEAR(microseconds((*runs)[0][1].time), 0.5, 1e-9);
}

TEST(Profile, WhatIsCutOffOrNoArrayIsRefusedWithAHint) {
  const std::string whole = two_runs;
  for (const std::string& bad : {whole.substr(0, whole.size() / 2), std::string(), std::string("{}")}) {
    std::istringstream text(bad);
    const auto runs = read_profile(text);
    ASSERT_FALSE(runs);
    EXPECT_EQ(runs.error().fault, Fault::failed);
    EXPECT_FALSE(runs.error().hint.empty());
  }
}

}  // namespace
}  // namespace forecost::device::ort
