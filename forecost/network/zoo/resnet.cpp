// SPDX-License-Identifier: Apache-2.0
// He et al. 2015 with the stride in the 3 x 3 convolution (torchvision's v1.5); Xie et al. 2016; Zagoruyko,
// Komodakis 2016.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

struct Plan {
  const char* name;
  std::vector<int> blocks;     ///< per stage
  std::int64_t expansion = 4;  ///< 1: two 3 x 3 convolutions per block instead of a bottleneck
  std::int64_t groups = 1;
  std::int64_t group_width = 64;
};

Value block(Builder& b, const Value& x, const Plan& plan,
            const std::vector<std::int64_t>& planes_and_stride) {
  const std::int64_t planes = planes_and_stride[0];
  const std::int64_t stride = planes_and_stride[1];
  const std::int64_t out = planes * plan.expansion;
  Value branch = x;
  if (plan.expansion == 1) {
    branch = conv_bn_relu(b, branch, planes, square(3, stride));
    branch = conv_bn_residual(b, branch, out, square(3));
  } else {
    const std::int64_t width = planes * plan.group_width / 64 * plan.groups;
    branch = conv_bn_relu(b, branch, width, square(1));
    branch = conv_bn_relu(b, branch, width, square(3, stride, plan.groups));
    branch = conv_bn_residual(b, branch, out, square(1));
  }
  const bool changes = stride != 1 || x.dim(1) != out;
  return b.relu(b.add(branch, changes ? conv_bn(b, x, out, square(1, stride)) : x));
}

Network resnet_of(const ZooOptions& options, const Plan& plan) {
  Builder b(plan.name);
  Value x = image(b, options, 224);
  x = conv_bn_relu(b, x, 64, square(7, 2));
  x = b.max_pool(x, pool(3, 2, 1));
  std::int64_t planes = 64;
  for (std::size_t stage = 0; stage < plan.blocks.size(); ++stage, planes *= 2) {
    for (int i = 0; i < plan.blocks[stage]; ++i) {
      b.scope("layer" + std::to_string(stage + 1) + "." + std::to_string(i));
      x = block(b, x, plan, {planes, stage > 0 && i == 0 ? 2 : 1});
    }
  }
  return classify(b, x);
}

}  // namespace

std::vector<ZooEntry> resnet() {
  return {{.name = "resnet18",
           .summary = "ResNet-18, 224 x 224",
           .source = "torchvision ResNet18_Weights.IMAGENET1K_V1: num_params, _ops; exact count by fvcore",
           .parameters = 11'689'512,
           .macs = 1'814'073'344,
           .build =
               [](const ZooOptions& o) {
                 return resnet_of(o, {"resnet18", {2, 2, 2, 2}, 1});
               }},
          {.name = "resnet34",
           .summary = "ResNet-34, 224 x 224",
           .source = "torchvision ResNet34_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 21'797'672,
           .macs = 3'664'000'000,
           .build =
               [](const ZooOptions& o) {
                 return resnet_of(o, {"resnet34", {3, 4, 6, 3}, 1});
               }},
          {.name = "resnet50",
           .summary = "ResNet-50 v1.5, 224 x 224",
           .source = "torchvision ResNet50_Weights.IMAGENET1K_V1: num_params, _ops; exact count by fvcore",
           .parameters = 25'557'032,
           .macs = 4'089'184'256,
           .build =
               [](const ZooOptions& o) {
                 return resnet_of(o, {"resnet50", {3, 4, 6, 3}});
               }},
          {.name = "resnet101",
           .summary = "ResNet-101 v1.5, 224 x 224",
           .source = "torchvision ResNet101_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 44'549'160,
           .macs = 7'801'000'000,
           .build =
               [](const ZooOptions& o) {
                 return resnet_of(o, {"resnet101", {3, 4, 23, 3}});
               }},
          {.name = "resnext50_32x4d",
           .summary = "ResNeXt-50, 32 groups of 4 channels, 224 x 224",
           .source = "torchvision ResNeXt50_32X4D_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 25'028'904,
           .macs = 4'230'000'000,
           .build =
               [](const ZooOptions& o) {
                 return resnet_of(o, {"resnext50_32x4d", {3, 4, 6, 3}, 4, 32, 4});
               }},
          {.name = "wide_resnet50_2",
           .summary = "Wide ResNet-50, twice as wide inside, 224 x 224",
           .source = "torchvision Wide_ResNet50_2_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 68'883'240,
           .macs = 11'398'000'000,
           .build = [](const ZooOptions& o) {
             return resnet_of(o, {"wide_resnet50_2", {3, 4, 6, 3}, 4, 1, 128});
           }}};
}

}  // namespace forecost::network::zoo
