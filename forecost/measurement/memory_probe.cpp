// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/memory_probe.h"

#include <optional>
#include <system_error>
#include <utility>

#include "forecost/device/temp_folder.h"
#include "forecost/layer/kernel.h"
#include "forecost/network/builder.h"
#include "forecost/network/writer.h"

namespace forecost::measurement {
namespace {

using network::Builder;
using network::ConvOptions;
using network::Network;
using network::Value;

Value normalised(Builder& b, const Value& x, std::int64_t channels, const ConvOptions& options) {
  ConvOptions without_bias = options;
  without_bias.bias = false;
  return b.relu(b.batch_norm(b.conv(x, channels, without_bias)));
}

ConvOptions square(std::int64_t kernel, std::int64_t stride = 1) {
  return {.kernel = {kernel, kernel}, .stride = {stride, stride}};
}

Value classified(Builder& b, const Value& x, std::int64_t classes) {
  return b.linear(b.flatten(b.global_average_pool(x)), classes);
}

Network finished(Builder& b, const Value& y) {
  b.output(y, "y");
  return b.finish();
}

/// Layers of `widths`, the first of them the input's.
Network perceptron(const char* name, const std::vector<std::int64_t>& widths) {
  Builder b(name);
  Value x = b.input("x", {1, widths.front()});
  for (std::size_t i = 1; i < widths.size(); ++i) x = b.relu(b.linear(x, widths[i]));
  return finished(b, x);
}

/// Stages of doubling width and residual blocks, as ResNet-18.
Network residual(std::int64_t width, int stages, int blocks) {
  Builder b("memory_residual");
  Value x = normalised(b, b.input("x", {1, 3, 112, 112}), width, square(7, 2));
  for (int stage = 0; stage < stages; ++stage, width *= 2) {
    for (int block = 0; block < blocks; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      const Value y = b.batch_norm(b.conv(normalised(b, x, width, square(3, stride)), width, square(3)));
      const bool same = stride == 1 && x.dim(1) == width;
      x = b.relu(b.add(y, same ? x : b.batch_norm(b.conv(x, width, square(1, stride)))));
    }
  }
  return finished(b, classified(b, x, 1000));
}

/// Narrow, wide, narrow, as ResNet-50.
Network bottleneck(std::int64_t width, int stages, int blocks) {
  Builder b("memory_bottleneck");
  Value x = normalised(b, b.input("x", {1, 3, 112, 112}), width, square(7, 2));
  for (int stage = 0; stage < stages; ++stage, width *= 2) {
    for (int block = 0; block < blocks; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      Value y = normalised(b, normalised(b, x, width, square(1)), width, square(3, stride));
      y = b.batch_norm(b.conv(y, 4 * width, square(1)));
      const bool same = stride == 1 && x.dim(1) == 4 * width;
      x = b.relu(b.add(y, same ? x : b.batch_norm(b.conv(x, 4 * width, square(1, stride)))));
    }
  }
  return finished(b, classified(b, x, 1000));
}

/// Depthwise and pointwise convolutions, as MobileNet v1.
Network separable(std::int64_t width, int stages) {
  Builder b("memory_separable");
  Value x = normalised(b, b.input("x", {1, 3, 112, 112}), width, square(3, 2));
  for (int stage = 0; stage < stages; ++stage) {
    for (int block = 0; block < 2; ++block) {
      ConvOptions depthwise = square(3, block == 0 ? 2 : 1);
      depthwise.groups = x.dim(1);
      const Value y = normalised(b, x, x.dim(1), depthwise);
      x = normalised(b, y, block == 0 ? 2 * x.dim(1) : x.dim(1), square(1));
    }
  }
  return finished(b, classified(b, x, 1000));
}

/// Convolutions without normalisation and large matrices behind them, as VGG.
Network plain(std::int64_t width, std::int64_t hidden) {
  Builder b("memory_plain");
  Value x = b.input("x", {1, 3, 64, 64});
  for (int stage = 0; stage < 4; ++stage) {
    for (int layer = 0; layer < 2; ++layer) x = b.relu(b.conv(x, width << stage, square(3)));
    x = b.max_pool(x, {});
  }
  if (hidden > 0) x = b.relu(b.linear(b.flatten(x), hidden));
  return finished(b, hidden > 0 ? b.linear(x, 1000) : classified(b, x, 100));
}

Value attention_block(Builder& b, const Value& x, std::int64_t heads) {
  const std::int64_t tokens = x.dim(1), width = x.dim(2), head = width / heads;
  const Value y = b.layer_norm(x);
  const auto split = [&](const Value& v) {
    return b.transpose(b.reshape(v, {x.dim(0), tokens, heads, head}), {0, 2, 1, 3});
  };
  const Value q = split(b.linear(y, width)), k = split(b.linear(y, width)), v = split(b.linear(y, width));
  const Value scores = b.softmax(b.matmul(q, b.transpose(k, {0, 1, 3, 2})));
  const Value mixed = b.reshape(b.transpose(b.matmul(scores, v), {0, 2, 1, 3}), {x.dim(0), tokens, width});
  const Value z = b.add(x, b.linear(mixed, width));
  return b.add(z, b.linear(b.gelu(b.linear(b.layer_norm(z), 4 * width)), width));
}

/// An embedding and blocks, as BERT; `words` of 0: patches of an image, as ViT.
Network transformer(std::int64_t words, std::int64_t width, int blocks) {
  Builder b("memory_transformer");
  constexpr std::int64_t tokens = 64;
  Value x;
  if (words > 0) {
    const Value ids = b.input("ids", {1, tokens}, network::ElementType::int64);
    x = b.gather(b.weights({words, width}, 0.02), ids);
  } else {
    const Value patches = b.conv(b.input("x", {1, 3, 128, 128}), width,
                                 {.kernel = {16, 16}, .stride = {16, 16}, .pads = {0, 0, 0, 0}});
    x = b.transpose(b.reshape(patches, {1, width, tokens}), {0, 2, 1});
  }
  for (int i = 0; i < blocks; ++i) x = attention_block(b, x, width / 64);
  return finished(b, b.layer_norm(x));
}

/// How the large results of a network with few weights meet at its end.
enum class Joint { none, sum, concat };

Network wide_image(std::int64_t batch, std::int64_t channels, Joint joint) {
  Builder b("memory_image");
  const Value first = b.relu(b.conv(b.input("x", {batch, 16, 128, 128}), channels, square(3)));
  Value x = b.relu(b.conv(first, channels, square(1)));
  x = b.relu(b.conv(b.max_pool(x, {}), 2 * channels, square(1)));
  x = b.relu(b.conv(x, 2 * channels, square(3)));
  if (joint != Joint::none) x = b.conv(b.upsample(x, 2), channels, square(1));
  if (joint == Joint::sum) x = b.relu(b.add(first, x));
  if (joint == Joint::concat) x = b.relu(b.conv(b.concat({first, x}, 1), 16, square(1)));
  return finished(b, classified(b, x, 10));
}

/// Many nodes that weigh nothing.
Network chain(int nodes) {
  Builder b("memory_chain");
  Value x = b.input("x", {1, 16, 8, 8});
  for (int i = 0; i < nodes; ++i) x = i % 2 == 0 ? b.conv(x, 16, square(1)) : b.sigmoid(x);
  return finished(b, classified(b, x, 10));
}

Result<MemorySample> sample_of(const MemoryBench& bench, Network network, const std::filesystem::path& file) {
  const layer::Runtime* runtime = layer::find_runtime(bench.runner.identity(bench.settings).runtime);
  if (runtime == nullptr) {
    return Error{Fault::unsupported, "there are no rules for this runtime", network.graph.name,
                 "forecost list runtimes names those that are"};
  }
  FORECOST_TRY([[maybe_unused]] const auto written, network::write(network, file));
  const auto measured = bench.probe({.file = file, .settings = bench.settings});
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (!measured) return measured.error();
  FORECOST_TRY(const auto layered, layer::infer(std::move(network)));
  FORECOST_TRY(const auto lowered, layer::lower(layered, *runtime));
  return MemorySample{memory_use(lowered), *measured};
}

}  // namespace

std::vector<Network> memory_networks() {
  // Any first ten of them have all kinds.
  return {perceptron("memory_small", {256, 512, 512, 10}),
          chain(200),
          residual(40, 4, 3),
          transformer(24000, 512, 3),
          wide_image(8, 64, Joint::none),
          plain(32, 4096),
          separable(32, 5),
          bottleneck(48, 4, 2),
          transformer(0, 384, 5),
          wide_image(4, 64, Joint::concat),
          perceptron("memory_matrices", {2048, 2048, 2048, 1024, 1000}),
          plain(64, 0),
          transformer(6000, 768, 3),
          residual(64, 4, 1),
          wide_image(4, 64, Joint::sum),
          bottleneck(60, 4, 3),
          residual(72, 4, 2),
          plain(64, 6144),
          perceptron("memory_tiny", {16, 16, 10}),
          chain(400)};
}

Result<device::MemoryModel> calibrate_memory(const MemoryBench& bench) {
  constexpr std::size_t enough = 8;
  FORECOST_TRY(const auto folder, device::TempFolder::make(bench.system));
  const Seconds start = bench.system.now();
  std::vector<MemorySample> samples;
  std::optional<Error> first;
  for (Network& network : memory_networks()) {
    if (bench.stop()) {
      return Error{Fault::interrupted, "measuring memory was stopped", "", "run the same command again"};
    }
    if (bench.system.now() - start > bench.longest) {
      if (!first) first = Error{Fault::exhausted, "its time ran out", "", "calibrate with a longer --budget"};
      break;
    }
    auto sample = sample_of(bench, std::move(network), folder.path() / "network.onnx");
    if (sample) {
      samples.push_back(std::move(*sample));
    } else if (!first) {
      first = sample.error();
    }
  }
  if (samples.size() < enough) {
    return first.value_or(Error{Fault::failed, "too few networks could be run", "", "report it"});
  }
  return fit_memory_model(samples);
}

}  // namespace forecost::measurement
