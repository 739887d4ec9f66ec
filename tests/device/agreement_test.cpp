// SPDX-License-Identifier: Apache-2.0
// Our rules against the runtime's word: the kernels of layer::lower and those of the graph that ONNX Runtime
// writes, as multisets.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "forecost/device/runner.h"
#include "forecost/layer/kernel.h"
#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "forecost/network/zoo.h"

namespace forecost::device {
namespace {

/// Networks with more weights than this take the runtime seconds to load.
constexpr std::int64_t weights_limit = 150'000'000;

using Kernels = std::multiset<std::string>;

Kernels kernels_of(const layer::LoweredNetwork& network) {
  Kernels kernels;
  for (const layer::Kernel& kernel : network.kernels) {
    std::string text = fmt::format("{}:{}{}{}{} ->", kernel.domain, kernel.op, kernel.accumulates ? "&" : "",
                                   kernel.activation.empty() ? "" : "+", kernel.activation);
    for (const auto& shape : kernel.outputs) text += fmt::format(" [{}]", fmt::join(shape, ","));
    kernels.insert(std::move(text));
  }
  return kernels;
}

/// Kernels that both have, and those that the longer list has.
struct Agreement {
  std::size_t same = 0;
  std::size_t all = 0;
  double percent() const {
    return all == 0 ? 100 : 100.0 * static_cast<double>(same) / static_cast<double>(all);
  }
};

class RulesAgainstOnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    system_ = this_machine();
    auto runner = find_runner("onnxruntime")->open(*system_, {});
    if (!runner) GTEST_SKIP() << "skipped: " << to_string(runner.error());
    runner_ = std::move(*runner);
    runtime_ = layer::find_runtime("onnxruntime");
  }

  void TearDown() override {
    if (total_.all > 0)
      fmt::print("{:32} {:4} of {:4} kernels  {:6.2f} %\n", "total", total_.same, total_.all,
                 total_.percent());
  }

  /// Prints one line and adds to the total.
  void compare(const std::string& name, const layer::LayeredNetwork& network, const Model& model) {
    const auto rules = layer::lower(network, *runtime_);
    ASSERT_TRUE(rules) << name << ": " << to_string(rules.error());
    auto optimised = runner_->optimised_graph(model, {});
    ASSERT_TRUE(optimised) << name << ": " << to_string(optimised.error());
    const auto truth = layer::adopt(network, *std::move(optimised), *runtime_, {});
    ASSERT_TRUE(truth) << name << ": " << to_string(truth.error());
    const Kernels ours = kernels_of(*rules);
    const Kernels theirs = kernels_of(*truth);
    Kernels same, only_ours, only_theirs;
    std::ranges::set_intersection(ours, theirs, std::inserter(same, same.end()));
    std::ranges::set_difference(ours, theirs, std::inserter(only_ours, only_ours.end()));
    std::ranges::set_difference(theirs, ours, std::inserter(only_theirs, only_theirs.end()));
    const Agreement agreement{same.size(), std::max(ours.size(), theirs.size())};
    fmt::print("{:32} {:4} of {:4} kernels  {:6.2f} %\n", name, agreement.same, agreement.all,
               agreement.percent());
    for (const auto& kernel : only_ours) fmt::print("    rules alone    {}\n", kernel);
    for (const auto& kernel : only_theirs) fmt::print("    runtime alone  {}\n", kernel);
    total_.same += agreement.same;
    total_.all += agreement.all;
  }

  void compare_zoo(std::int64_t batch, std::int64_t limit) {
    for (const network::ZooEntry& entry : network::zoo_entries()) {
      const auto network = entry.build({.batch = batch});
      const auto layered = layer::infer(network);
      ASSERT_TRUE(layered) << entry.name << ": " << to_string(layered.error());
      if (layer::totals_of(*layered).weights.value > limit) {
        fmt::print("{:32} left out: {} of weights\n", entry.name,
                   to_text(layer::totals_of(*layered).weights));
        continue;
      }
      const auto bytes = network::serialise(network);
      ASSERT_TRUE(bytes) << entry.name << ": " << to_string(bytes.error());
      compare(std::string(entry.name), *layered, Model{{}, *bytes});
    }
  }

  std::unique_ptr<System> system_;
  std::unique_ptr<Runner> runner_;
  const layer::Runtime* runtime_ = nullptr;
  Agreement total_;
};

// The level that the rules reach with ONNX Runtime 1.32; other versions fuse a little differently.
constexpr double level = 99;

TEST_F(RulesAgainstOnnxRuntime, NameTheKernelsOfTheZoo) {
  compare_zoo(1, weights_limit);
  EXPECT_GE(total_.percent(), level);
}

TEST_F(RulesAgainstOnnxRuntime, NameTheKernelsOfTheSmallerNetworksAtBatchEight) {
  compare_zoo(8, weights_limit / 4);
  EXPECT_GE(total_.percent(), level);
}

TEST_F(RulesAgainstOnnxRuntime, NameTheKernelsOfGraphsThatNobodyHereWrote) {
  const auto folder = std::filesystem::path(FORECOST_SOURCE_DIR) / "../shared/data/onnx_light";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: ../shared/data/onnx_light is not here";
  std::set<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".onnx") files.insert(file.path());
  }
  for (const auto& file : files) {
    auto network = network::read(file);
    ASSERT_TRUE(network) << to_string(network.error());
    const auto layered = layer::infer(*std::move(network));
    ASSERT_TRUE(layered) << to_string(layered.error());
    const Bytes weights = layer::totals_of(*layered).weights;
    if (weights.value > weights_limit) {
      fmt::print("{:32} left out: {} of weights\n", file.stem().string(), to_text(weights));
      continue;
    }
    compare(file.stem().string(), *layered, Model{file});
  }
  EXPECT_GE(total_.percent(), level);
}

}  // namespace
}  // namespace forecost::device
