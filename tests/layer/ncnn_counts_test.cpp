// SPDX-License-Identifier: Apache-2.0
// Weights of every convolution and dense layer against ncnn's parameter files of the same networks, where
// they differ in nothing but the order of layers, and in the listed weights where they are another variant.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/network/zoo.h"

namespace forecost::layer {
namespace {

using Sizes = std::multiset<std::int64_t>;

struct Pair {
  const char* ncnn;
  const char* zoo;
  Sizes only_ncnn = {};
  Sizes only_zoo = {};
};

/// weight_data_size: parameter 6 of convolutions, 2 of dense layers.
Sizes weights_in(const std::filesystem::path& file) {
  Sizes sizes;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    const bool convolution = word == "Convolution" || word == "ConvolutionDepthWise";
    if (!convolution && word != "InnerProduct") continue;
    const std::string key = convolution ? "6=" : "2=";
    while (words >> word) {
      if (word.starts_with(key)) sizes.insert(std::stoll(word.substr(key.size())));
    }
  }
  return sizes;
}

Sizes weights_of(const LayeredNetwork& network) {
  Sizes sizes;
  for (const Layer& layer : network.layers) {
    if (layer.op != "Conv" && layer.op != "Gemm" && layer.op != "MatMul") continue;
    const TensorFact* weights = network.tensor(layer.inputs[1]);
    if (weights != nullptr && weights->constant) sizes.insert(weights->elements());
  }
  return sizes;
}

Sizes without(const Sizes& all, const Sizes& taken) {
  Sizes rest;
  std::ranges::set_difference(all, taken, std::inserter(rest, rest.end()));
  return rest;
}

class NcnnCounts : public testing::TestWithParam<Pair> {};

TEST_P(NcnnCounts, AreThoseOfTheZoo) {
  const auto file = std::filesystem::path(FORECOST_SOURCE_DIR) / "../shared/data/ncnn/param" /
                    (std::string(GetParam().ncnn) + ".param");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "skipped: ../shared/data/ncnn/param is not here";
  const auto layered = infer((*network::find_zoo(GetParam().zoo))->build({}));
  ASSERT_TRUE(layered) << to_string(layered.error());
  const Sizes theirs = weights_in(file);
  const Sizes ours = weights_of(*layered);
  ASSERT_FALSE(theirs.empty());
  EXPECT_EQ(without(theirs, ours), GetParam().only_ncnn);
  EXPECT_EQ(without(ours, theirs), GetParam().only_zoo);
}

INSTANTIATE_TEST_SUITE_P(
    Every, NcnnCounts,
    testing::Values(
        Pair{"squeezenet", "squeezenet1_1"}, Pair{"mobilenet", "mobilenet_v1"},
        // Caffe's expands the first block from 32 to 32 channels; the paper's and torchvision's does not.
        Pair{"mobilenet_v2", "mobilenet_v2", {32 * 32}, {}},
        // Caffe's projects the shortcut of the first block, where shapes are equal.
        Pair{"resnet18", "resnet18", {64 * 64}, {}}, Pair{"resnet50", "resnet50"}, Pair{"vgg16", "vgg16"},
        // BVLC's has two towers and 96 filters in front, ours is torchvision's with one and 64: two
        // convolutions differ, three happen to have as many weights.
        Pair{"alexnet", "alexnet", {34'848, 442'368}, {23'232, 589'824}},
        // torchvision has 3 x 3 where the paper's nine inception modules have 5 x 5.
        Pair{"googlenet",
             "googlenet",
             {12'800, 19'200, 38'400, 38'400, 51'200, 76'800, 102'400, 102'400, 153'600},
             {4'608, 6'912, 13'824, 13'824, 18'432, 27'648, 36'864, 36'864, 55'296}},
        Pair{"efficientnet_b0", "efficientnet_b0"}, Pair{"mnasnet", "mnasnet1_0"},
        Pair{"regnety_400m", "regnet_y_400mf"}),
    [](const auto& tested) { return std::string(tested.param.ncnn); });

}  // namespace
}  // namespace forecost::layer
