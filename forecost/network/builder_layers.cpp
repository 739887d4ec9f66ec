// SPDX-License-Identifier: Apache-2.0
// Layers with weights. He et al. 2015: deviation sqrt(2 / fan_in) keeps the variance through a rectifier.
#include <algorithm>
#include <cmath>

#include "forecost/network/builder.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

namespace {

Fill constant_fill(double value) {
  return {.kind = Fill::Kind::constant, .value = value, .seed = 0};
}

std::vector<std::int64_t> pads_of(const ConvOptions& options) {
  if (!options.pads.empty()) return options.pads;
  std::vector<std::int64_t> pads;
  for (std::size_t i = 0; i < options.kernel.size(); ++i)
    pads.push_back(options.dilation[i] * (options.kernel[i] - 1) / 2);
  pads.insert(pads.end(), pads.begin(), pads.end());
  return pads;
}

std::int64_t product(const std::vector<std::int64_t>& extents) {
  std::int64_t result = 1;
  for (const std::int64_t extent : extents) result *= extent;
  return result;
}

void check(const Value& x, const ConvOptions& options) {
  const std::size_t axes = options.kernel.size();
  FORECOST_EXPECTS(x.shape.size() == axes + 2,
                   "a convolution needs batch, channels and one axis per kernel extent");
  FORECOST_EXPECTS(options.stride.size() == axes && options.dilation.size() == axes,
                   "kernel, stride and dilation need one entry per spatial axis");
  FORECOST_EXPECTS(options.pads.empty() || options.pads.size() == 2 * axes,
                   "pads need two entries per spatial axis");
  FORECOST_EXPECTS(options.groups >= 1 && x.shape[1] % options.groups == 0,
                   "groups must divide the input channels");
}

Attributes attributes_of(const ConvOptions& options) {
  return {{"dilations", options.dilation},
          {"group", options.groups},
          {"kernel_shape", options.kernel},
          {"pads", pads_of(options)},
          {"strides", options.stride}};
}

Shape pooled(const Value& x, const PoolOptions& options) {
  const std::size_t axes = options.kernel.size();
  FORECOST_EXPECTS(x.shape.size() == axes + 2, "a pool needs batch, channels and one axis per kernel extent");
  FORECOST_EXPECTS(options.stride.size() == axes && options.pads.size() == 2 * axes,
                   "stride needs one entry per spatial axis and pads two");
  Shape out{x.shape[0], x.shape[1]};
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t stride = options.stride[i];
    const std::int64_t room = x.shape[i + 2] + options.pads[i] + options.pads[axes + i] - options.kernel[i];
    FORECOST_EXPECTS(room >= 0, "the pool's kernel is larger than its padded input");
    std::int64_t extent = (room + (options.ceil_mode ? stride - 1 : 0)) / stride + 1;
    if (options.ceil_mode && (extent - 1) * stride >= x.shape[i + 2] + options.pads[i]) --extent;
    out.push_back(extent);
  }
  return out;
}

}  // namespace

Value Builder::conv(const Value& x, std::int64_t out_channels, const ConvOptions& options) {
  check(x, options);
  FORECOST_EXPECTS(out_channels % options.groups == 0, "groups must divide the output channels");
  const std::vector<std::int64_t> pads = pads_of(options);
  const std::int64_t in_channels = x.shape[1] / options.groups;
  const std::size_t axes = options.kernel.size();
  Shape out{x.shape[0], out_channels};
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t reach = options.dilation[i] * (options.kernel[i] - 1) + 1;
    const std::int64_t room = x.shape[i + 2] + pads[i] + pads[axes + i] - reach;
    FORECOST_EXPECTS(room >= 0, "the kernel is larger than its padded input");
    out.push_back(room / options.stride[i] + 1);
  }
  Shape kernel{out_channels, in_channels};
  kernel.insert(kernel.end(), options.kernel.begin(), options.kernel.end());
  const auto fan_in = static_cast<double>(in_channels * product(options.kernel));

  const std::string name = fresh("Conv");
  std::vector<Value> inputs{x, random(name + ".weight", std::move(kernel), std::sqrt(2 / fan_in))};
  if (options.bias) inputs.push_back(random(name + ".bias", {out_channels}, 0.01));
  return emit(name, "Conv", inputs, attributes_of(options),
              {{.name = {}, .element = x.element, .shape = out}})
      .front();
}

Value Builder::conv_transpose(const Value& x, std::int64_t out_channels, const ConvOptions& options) {
  check(x, options);
  FORECOST_EXPECTS(out_channels % options.groups == 0, "groups must divide the output channels");
  const std::vector<std::int64_t> pads = pads_of(options);
  const std::size_t axes = options.kernel.size();
  Shape out{x.shape[0], out_channels};
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t reach = options.dilation[i] * (options.kernel[i] - 1) + 1;
    out.push_back((x.shape[i + 2] - 1) * options.stride[i] + reach - pads[i] - pads[axes + i]);
    FORECOST_EXPECTS(out.back() > 0, "the padding removes the whole output");
  }
  Shape kernel{x.shape[1], out_channels / options.groups};
  kernel.insert(kernel.end(), options.kernel.begin(), options.kernel.end());
  const double taps =
      static_cast<double>(product(options.kernel)) / static_cast<double>(product(options.stride));
  const double fan_in =
      std::max(1.0, taps) * static_cast<double>(x.shape[1]) / static_cast<double>(options.groups);

  const std::string name = fresh("ConvTranspose");
  std::vector<Value> inputs{x, random(name + ".weight", std::move(kernel), std::sqrt(2 / fan_in))};
  if (options.bias) inputs.push_back(random(name + ".bias", {out_channels}, 0.01));
  return emit(name, "ConvTranspose", inputs, attributes_of(options),
              {{.name = {}, .element = x.element, .shape = out}})
      .front();
}

Value Builder::batch_norm(const Value& x, const NormOptions& options) {
  const std::int64_t channels = x.dim(1);
  const std::string name = fresh("BatchNormalization");
  const Value scale = initializer(name + ".weight", {channels}, constant_fill(options.scale));
  const Value shift = random(name + ".bias", {channels}, 0.02);
  const Value mean = random(name + ".running_mean", {channels}, 0.02);
  const Value variance = initializer(name + ".running_var", {channels}, constant_fill(1));
  return emit(name, "BatchNormalization", {x, scale, shift, mean, variance}, {{"epsilon", options.epsilon}},
              {x})
      .front();
}

Value Builder::layer_norm(const Value& x, double epsilon) {
  const std::int64_t width = x.dim(-1);
  if (opset() >= 17) {
    const std::string name = fresh("LayerNormalization");
    const Value scale = initializer(name + ".weight", {width}, constant_fill(1));
    const Value shift = random(name + ".bias", {width}, 0.02);
    return emit(name, "LayerNormalization", {x, scale, shift},
                {{"axis", std::int64_t{-1}}, {"epsilon", epsilon}}, {x})
        .front();
  }
  const std::string name = fresh("layer_norm");
  const Value scale = initializer(name + ".weight", {width}, constant_fill(1));
  const Value shift = random(name + ".bias", {width}, 0.02);
  const Value centred = sub(x, reduce_mean(x, {-1}, true));
  const Value variance = reduce_mean(binary("Pow", centred, scalar(2)), {-1}, true);
  const Value deviation = same("Sqrt", {add(variance, scalar(epsilon))});
  return add(mul(div(centred, deviation), scale), shift);
}

Value Builder::linear(const Value& x, std::int64_t out_features, const LinearOptions& options) {
  const std::int64_t in_features = x.dim(-1);
  const double deviation = options.gain / std::sqrt(static_cast<double>(in_features));
  if (x.shape.size() == 2) {
    const std::string name = fresh("Gemm");
    std::vector<Value> inputs{x, random(name + ".weight", {out_features, in_features}, deviation)};
    if (options.bias) {
      inputs.push_back(random(name + ".bias", {out_features}, 0.01));
    } else if (opset() < 11) {
      inputs.push_back(filled({out_features}, 0));
    }
    return emit(name, "Gemm", inputs, {{"alpha", 1.0}, {"beta", 1.0}, {"transB", std::int64_t{1}}},
                {{.name = {}, .element = x.element, .shape = {x.dim(0), out_features}}})
        .front();
  }
  const std::string name = fresh("MatMul");
  const Value weight = random(name + ".weight", {in_features, out_features}, deviation);
  Shape out = x.shape;
  out.back() = out_features;
  Value product_of =
      emit(name, "MatMul", {x, weight}, {}, {{.name = {}, .element = x.element, .shape = std::move(out)}})
          .front();
  if (!options.bias) return product_of;
  return add(random(name + ".bias", {out_features}, 0.01), product_of);
}

Value Builder::max_pool(const Value& x, const PoolOptions& options) {
  Attributes attributes{
      {"kernel_shape", options.kernel}, {"pads", options.pads}, {"strides", options.stride}};
  if (opset() >= 10) attributes["ceil_mode"] = static_cast<std::int64_t>(options.ceil_mode);
  FORECOST_EXPECTS(opset() >= 10 || !options.ceil_mode, "ceil_mode came with opset 10");
  return one("MaxPool", {x}, std::move(attributes), pooled(x, options));
}

Value Builder::average_pool(const Value& x, const PoolOptions& options) {
  Attributes attributes{{"count_include_pad", static_cast<std::int64_t>(options.count_include_pad)},
                        {"kernel_shape", options.kernel},
                        {"pads", options.pads},
                        {"strides", options.stride}};
  if (opset() >= 10) attributes["ceil_mode"] = static_cast<std::int64_t>(options.ceil_mode);
  FORECOST_EXPECTS(opset() >= 10 || !options.ceil_mode, "ceil_mode came with opset 10");
  return one("AveragePool", {x}, std::move(attributes), pooled(x, options));
}

Value Builder::global_average_pool(const Value& x) {
  FORECOST_EXPECTS(x.shape.size() >= 3, "a global pool needs spatial axes");
  Shape out(x.shape.size(), 1);
  out[0] = x.shape[0];
  out[1] = x.shape[1];
  return one("GlobalAveragePool", {x}, {}, std::move(out));
}

Value Builder::lrn(const Value& x, std::int64_t size, double alpha, double beta, double bias) {
  return same("LRN", {x}, {{"alpha", alpha}, {"beta", beta}, {"bias", bias}, {"size", size}});
}

Value Builder::dropout(const Value& x) {
  return same("Dropout", {x});
}

}  // namespace forecost::network
