// SPDX-License-Identifier: Apache-2.0
// Networks in the QDQ form of static quantisation: our rules against ONNX Runtime's own graphs. The layout of
// its convolutions (channels last, with Transposes around) is left out on both sides.
#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/runner.h"
#include "forecost/layer/kernel.h"
#include "forecost/network/builder.h"
#include "forecost/network/writer.h"

namespace forecost::device {
namespace {

using network::Builder;
using network::ElementType;
using network::Shape;
using network::Value;

/// Makes the parts of a QDQ graph: images in uint8 from 0 up, weights in int8.
class Quantiser {
 public:
  explicit Quantiser(bool per_channel) : per_channel_(per_channel) {}

  Value image(const Value& x) {
    const Value scale = b.scalar(0.05);
    const Value zero = b.scalar(0, ElementType::uint8);
    const Value q = b.node("QuantizeLinear", {x, scale, zero}, {}, {{"q", ElementType::uint8, x.shape}})[0];
    return b.node("DequantizeLinear", {q, scale, zero}, {}, {{"d", ElementType::float32, x.shape}})[0];
  }
  Value weights(const Shape& shape, std::int64_t axis) {
    return constant(b.filled(shape, 3, ElementType::int8), axis, 0.01);
  }
  Value bias(std::int64_t count) {
    return constant(b.filled({count}, 5, ElementType::int32), 0, 0.05 * 0.01);
  }
  Value conv(const Value& x, std::int64_t out) {
    return b.node("Conv", {x, weights({out, x.dim(1), 1, 1}, 0), bias(out)}, {},
                  {{"y", ElementType::float32, {x.dim(0), out, x.dim(2), x.dim(3)}}})[0];
  }
  Value gemm(const Value& x, std::int64_t out) {
    return b.node("Gemm", {x, weights({out, x.dim(1)}, 0), bias(out)}, {{"transB", std::int64_t{1}}},
                  {{"y", ElementType::float32, {x.dim(0), out}}})[0];
  }

  Builder b{"quantised"};

 private:
  Value constant(const Value& q, std::int64_t axis, double scale) {
    const Shape scales = per_channel_ ? Shape{q.shape[static_cast<std::size_t>(axis)]} : Shape{};
    return b.node("DequantizeLinear", {q, b.filled(scales, scale), b.filled(scales, 0, q.element)},
                  {{"axis", axis}}, {{"d", ElementType::float32, q.shape}})[0];
  }

  bool per_channel_;
};

std::vector<std::string> operators(const layer::LoweredNetwork& network) {
  std::vector<std::string> list;
  for (const layer::Kernel& kernel : network.kernels) {
    if (kernel.op == "Transpose") continue;
    EXPECT_TRUE(kernel.known) << kernel.domain << ":" << kernel.op;
    list.push_back(kernel.op == "NhwcMaxPool" ? "MaxPool" : kernel.op);
  }
  std::ranges::sort(list);
  return list;
}

struct Case {
  const char* name;
  std::function<void(Quantiser&)> build;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"Convolution",
       [](Quantiser& q) {
         q.b.output(q.image(q.b.relu(q.conv(q.image(q.b.input("x", {1, 16, 14, 14})), 32))));
       }},
      {"Residual",
       [](Quantiser& q) {
         const Value x = q.image(q.b.relu(q.conv(q.image(q.b.input("x", {1, 16, 14, 14})), 16)));
         q.b.output(q.image(q.b.relu(q.b.add(q.image(q.conv(x, 16)), x))));
       }},
      {"Classifier",
       [](Quantiser& q) {
         Value x = q.image(q.b.relu(q.conv(q.image(q.b.input("x", {1, 16, 14, 14})), 16)));
         x = q.image(q.b.max_pool(x, {}));
         x = q.image(q.b.flatten(q.image(q.b.global_average_pool(x))));
         q.b.output(q.image(q.gemm(x, 10)));
       }},
      {"Product",
       [](Quantiser& q) {
         const Value x = q.image(q.b.input("x", {1, 8, 16}));
         q.b.output(q.image(q.b.matmul(x, q.weights({16, 32}, 1))));
       }},
      {"ProductIntoReals",
       [](Quantiser& q) {
         const Value x = q.image(q.b.input("x", {1, 8, 16}));
         q.b.output(q.b.matmul(x, q.weights({16, 32}, 1)));
       }},
      {"DenseLayerIntoReals",
       [](Quantiser& q) {
         q.b.output(q.gemm(q.image(q.b.input("x", {4, 16})), 10));
       }},
      {"Concatenation", [](Quantiser& q) {
         const Value x = q.image(q.b.relu(q.conv(q.image(q.b.input("x", {1, 16, 14, 14})), 16)));
         q.b.output(q.image(q.b.concat({q.image(q.b.relu(q.conv(x, 16))), x}, 1)));
       }}};
  return all;
}

class QuantisedKernels : public testing::TestWithParam<std::tuple<Case, bool>> {};

TEST_P(QuantisedKernels, AreThoseOfOnnxRuntime) {
  const auto system = this_machine();
  auto runner = find_runner("onnxruntime")->open(*system, {});
  if (!runner) GTEST_SKIP() << "skipped: " << to_string(runner.error());
  Quantiser quantiser(std::get<1>(GetParam()));
  std::get<0>(GetParam()).build(quantiser);
  const network::Network network = quantiser.b.finish();
  const auto layered = layer::infer(network);
  ASSERT_TRUE(layered) << to_string(layered.error());
  const auto bytes = network::serialise(network);
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  auto optimised = (*runner)->optimised_graph(Model{{}, *bytes}, {});
  ASSERT_TRUE(optimised) << to_string(optimised.error());
  const layer::Runtime& runtime = *layer::find_runtime("onnxruntime");
  const auto truth = layer::adopt(*layered, *std::move(optimised), runtime, {});
  ASSERT_TRUE(truth) << to_string(truth.error());
  const auto rules = layer::lower(*layered, runtime);
  ASSERT_TRUE(rules) << to_string(rules.error());
  EXPECT_EQ(operators(*rules), operators(*truth));
}

INSTANTIATE_TEST_SUITE_P(Every, QuantisedKernels,
                         testing::Combine(testing::ValuesIn(cases()), testing::Bool()),
                         [](const auto& tested) {
                           return std::string(std::get<0>(tested.param).name) +
                                  (std::get<1>(tested.param) ? "PerChannel" : "PerTensor");
                         });

}  // namespace
}  // namespace forecost::device
