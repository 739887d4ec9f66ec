// SPDX-License-Identifier: Apache-2.0
/// Parameters and multiply-accumulates of real graphs that nobody here wrote, against what was published of
/// them.
#include <filesystem>

#include <gtest/gtest.h>

#include "forecost/layer/kernel.h"
#include "forecost/network/reader.h"

namespace forecost::layer {
namespace {

struct Published {
  const char* file;
  std::int64_t parameters;
  std::int64_t macs;  ///< 0: nobody published it for this variant
  const char* source;
};

class PublishedCounts : public testing::TestWithParam<Published> {};

TEST_P(PublishedCounts, AreReproducedExactly) {
  const auto file = std::filesystem::path(FORECOST_SOURCE_DIR) / "../shared/data/onnx_light" /
                    (std::string(GetParam().file) + ".onnx");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "skipped: ../shared/data/onnx_light is not here";
  auto network = network::read(file);
  ASSERT_TRUE(network) << to_string(network.error());
  const auto layered = infer(*std::move(network));
  ASSERT_TRUE(layered) << to_string(layered.error());
  const Totals totals = totals_of(*layered);
  EXPECT_EQ(totals.parameters, GetParam().parameters) << GetParam().source;
  if (GetParam().macs != 0) {
    EXPECT_EQ(totals.macs.value, GetParam().macs) << GetParam().source;
  }
  EXPECT_TRUE(totals.unknown_operators.empty());
  EXPECT_TRUE(layered->warnings.empty());
}

// The files fix a batch of 1, in the Reshapes of their ends and of ShuffleNet too.
TEST(OnnxLightGraphs, DoEightTimesTheWorkAtBatchEight) {
  const auto folder = std::filesystem::path(FORECOST_SOURCE_DIR) / "../shared/data/onnx_light";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: ../shared/data/onnx_light is not here";
  int graphs = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".onnx") continue;
    auto network = network::read(file.path());
    ASSERT_TRUE(network) << to_string(network.error());
    const auto one = infer(*network);
    ASSERT_TRUE(one) << file.path() << ": " << to_string(one.error());
    const auto eight = infer(*std::move(network), {.symbols = {}, .batch = 8});
    ASSERT_TRUE(eight) << file.path() << ": " << to_string(eight.error());
    EXPECT_EQ(totals_of(*eight).macs.value, 8 * totals_of(*one).macs.value) << file.path();
    EXPECT_EQ(totals_of(*eight).parameters, totals_of(*one).parameters) << file.path();
    const auto lowered = lower(*eight, *find_runtime("onnxruntime"));
    EXPECT_TRUE(lowered) << file.path() << ": " << to_string(lowered.error());
    ++graphs;
  }
  EXPECT_EQ(graphs, 9);
}

INSTANTIATE_TEST_SUITE_P(
    OnnxLight, PublishedCounts,
    testing::Values(
        Published{"light_bvlc_alexnet", 60'965'224, 0, "BVLC Caffe model zoo: AlexNet, 60.97 million"},
        Published{"light_vgg19", 143'667'240, 19'632'062'464, "torchvision vgg19: parameters; 19.63 GMACs"},
        // torchvision's 7,978,856 and the unit scales that Caffe's BatchNorm carries beside its Scale layer.
        Published{"light_densenet121", 7'978'856 + 83'648, 2'834'161'664,
                  "torchvision densenet121: 2.83 GMACs"},
        Published{"light_resnet50", 25'557'032, 4'089'184'256, "torchvision resnet50: 4.09 GMACs"},
        Published{"light_inception_v1", 6'998'552, 0,
                  "BVLC Caffe model zoo: GoogLeNet without auxiliary heads"},
        Published{"light_squeezenet", 1'235'496, 349'151'936, "torchvision squeezenet1_1: 0.35 GMACs"}),
    [](const auto& tested) { return std::string(tested.param.file); });

}  // namespace
}  // namespace forecost::layer
