// SPDX-License-Identifier: Apache-2.0
// Blocks: He et al. 2016 (residual, bottleneck), Sandler et al. 2018 (inverted_residual), Hu et al. 2018
// (squeeze), Dosovitskiy et al. 2020 (patches, transformer with the norm first).
#include "forecost/search/template_layers.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "forecost/layer/weight_format.h"

namespace forecost::search {
namespace {

using network::Builder;
using network::Value;

const std::vector<std::string_view> activations{"none", "relu", "relu6",   "silu",
                                                "gelu", "tanh", "sigmoid", "hard_swish"};

Value activate(Builder& b, const Value& x, const std::string& name) {
  if (name == "relu") return b.relu(x);
  if (name == "relu6") return b.clip(x, 0, 6);
  if (name == "silu") return b.silu(x);
  if (name == "gelu") return b.gelu(x);
  if (name == "tanh") return b.same("Tanh", {x});
  if (name == "sigmoid") return b.sigmoid(x);
  if (name == "hard_swish") return b.hard_swish(x);
  return x;
}

Error unfit(std::string what, std::string hint) {
  return {Fault::bad_input, std::move(what), "", std::move(hint)};
}

Status needs_rank(const Value& x, std::size_t rank) {
  if (x.shape.size() == rank) return Done{};
  constexpr std::string_view names[] = {"", "", "features", "tokens", "an image"};
  return unfit(fmt::format("the layer takes {}, but what comes before gives {}", names[rank],
                           x.shape.size() < 5 ? names[x.shape.size()] : "something else"),
               "images become features by flatten or global_average_pool, tokens by patches");
}

Status window_fits(const Value& x, std::int64_t kernel) {
  const std::int64_t side = std::min(x.dim(2), x.dim(3));
  if (kernel <= side) return Done{};
  return unfit(
      fmt::format("a window of {} does not fit into an image of {} x {}", kernel, x.dim(2), x.dim(3)),
      "use a smaller window, fewer strides or pools before, or a limit between the parameters");
}

/// Keeps extents at stride 1, also with an even kernel.
network::ConvOptions same_window(std::int64_t kernel, std::int64_t stride, std::int64_t groups, bool bias) {
  const std::int64_t begin = (kernel - 1) / 2;
  const std::int64_t end = kernel / 2;
  return {.kernel = {kernel, kernel},
          .stride = {stride, stride},
          .pads = {begin, begin, end, end},
          .groups = groups,
          .bias = bias};
}

Value conv_norm(Builder& b, const Value& x, std::int64_t channels, const network::ConvOptions& options) {
  return b.batch_norm(b.conv(x, channels, options));
}

/// The end of a residual branch: scaled down, so that the sum over many blocks stays bounded.
Value conv_last(Builder& b, const Value& x, std::int64_t channels, const network::ConvOptions& options) {
  return b.batch_norm(b.conv(x, channels, options), {.scale = 0.25});
}

Value shortcut(Builder& b, const Value& x, std::int64_t channels, std::int64_t stride) {
  if (stride == 1 && x.dim(1) == channels) return x;
  return conv_norm(b, x, channels, same_window(1, stride, 1, false));
}

Result<Value> conv(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const bool same = f.text("padding") == "same";
  const bool norm = f.number("norm") != 0;
  auto options = same_window(f.whole("kernel"), f.whole("stride"), f.whole("groups"), !norm);
  if (!same) {
    options.pads = {0, 0, 0, 0};
    FORECOST_TRY([[maybe_unused]] const Done fits, window_fits(x, f.whole("kernel")));
  }
  if (x.dim(1) % options.groups != 0 || f.whole("channels") % options.groups != 0) {
    return unfit(fmt::format("{} groups do not divide {} and {} channels", options.groups, x.dim(1),
                             f.whole("channels")),
                 "use a divisor of both");
  }
  const Value y = b.conv(x, f.whole("channels"), options);
  return activate(b, norm ? b.batch_norm(y) : y, f.text("activation"));
}

Result<Value> depthwise(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const bool norm = f.number("norm") != 0;
  const Value y = b.conv(x, x.dim(1), same_window(f.whole("kernel"), f.whole("stride"), x.dim(1), !norm));
  return activate(b, norm ? b.batch_norm(y) : y, f.text("activation"));
}

Result<network::PoolOptions> pool_of(const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const std::int64_t kernel = f.whole("kernel");
  FORECOST_TRY([[maybe_unused]] const Done fits, window_fits(x, kernel));
  const std::int64_t stride = f.whole("stride") == 0 ? kernel : f.whole("stride");
  return network::PoolOptions{.kernel = {kernel, kernel}, .stride = {stride, stride}};
}

Result<Value> max_pool(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY(const network::PoolOptions options, pool_of(x, f));
  return b.max_pool(x, options);
}

Result<Value> average_pool(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY(const network::PoolOptions options, pool_of(x, f));
  return b.average_pool(x, options);
}

Result<Value> global_average_pool(Builder& b, const Value& x, const FieldValues& /*fields*/) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  return b.flatten(b.global_average_pool(x));
}

Result<Value> flatten(Builder& b, const Value& x, const FieldValues& /*fields*/) {
  return x.shape.size() == 2 ? x : b.flatten(x);
}

Result<Value> linear(Builder& b, const Value& x, const FieldValues& f) {
  if (x.shape.size() == 4) {
    FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 2));
  }
  return activate(b, b.linear(x, f.whole("features")), f.text("activation"));
}

Result<Value> residual(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const std::int64_t channels = f.whole("channels");
  const std::int64_t kernel = f.whole("kernel");
  Value y = conv_norm(b, x, channels, same_window(kernel, f.whole("stride"), 1, false));
  y = conv_last(b, activate(b, y, f.text("activation")), channels, same_window(kernel, 1, 1, false));
  return activate(b, b.add(y, shortcut(b, x, channels, f.whole("stride"))), f.text("activation"));
}

Result<Value> bottleneck(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const std::int64_t channels = f.whole("channels");
  const std::int64_t narrow = std::max<std::int64_t>(1, channels / f.whole("reduction"));
  const std::string& activation = f.text("activation");
  Value y = activate(b, conv_norm(b, x, narrow, same_window(1, 1, 1, false)), activation);
  y = conv_norm(b, y, narrow, same_window(f.whole("kernel"), f.whole("stride"), 1, false));
  y = conv_last(b, activate(b, y, activation), channels, same_window(1, 1, 1, false));
  return activate(b, b.add(y, shortcut(b, x, channels, f.whole("stride"))), activation);
}

Result<Value> inverted_residual(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const std::int64_t channels = f.whole("channels");
  const std::int64_t stride = f.whole("stride");
  const std::int64_t hidden =
      std::max<std::int64_t>(1, std::llround(f.number("expand") * static_cast<double>(x.dim(1))));
  const std::string& activation = f.text("activation");
  Value y = x;
  if (hidden != x.dim(1)) y = activate(b, conv_norm(b, y, hidden, same_window(1, 1, 1, false)), activation);
  y = activate(b, conv_norm(b, y, hidden, same_window(f.whole("kernel"), stride, hidden, false)), activation);
  if (f.number("squeeze") > 0) {
    const std::int64_t few =
        std::max<std::int64_t>(1, std::llround(f.number("squeeze") * static_cast<double>(hidden)));
    const Value narrow = b.relu(b.conv(b.global_average_pool(y), few));
    y = b.mul(b.hard_sigmoid(b.conv(narrow, hidden)), y);
  }
  if (stride != 1 || x.dim(1) != channels) return conv_norm(b, y, channels, same_window(1, 1, 1, false));
  return b.add(conv_last(b, y, channels, same_window(1, 1, 1, false)), x);
}

Result<Value> patches(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 4));
  const std::int64_t size = f.whole("size");
  FORECOST_TRY([[maybe_unused]] const Done fits, window_fits(x, size));
  const Value y =
      b.conv(x, f.whole("width"), {.kernel = {size, size}, .stride = {size, size}, .pads = {0, 0, 0, 0}});
  const Value tokens = b.transpose(b.reshape(y, {y.dim(0), y.dim(1), -1}), {0, 2, 1});
  return b.add(tokens, b.weights({1, tokens.dim(1), tokens.dim(2)}, 0.02));
}

Value heads_of(Builder& b, const Value& x, std::int64_t heads) {
  const Value split = b.reshape(x, {x.dim(0), x.dim(1), heads, x.dim(2) / heads});
  return b.transpose(split, {0, 2, 1, 3});
}

Result<Value> transformer(Builder& b, const Value& x, const FieldValues& f) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 3));
  const std::int64_t width = x.dim(2);
  const std::int64_t heads = f.whole("heads");
  if (width % heads != 0) {
    return unfit(fmt::format("{} heads do not divide a width of {}", heads, width), "use a divisor");
  }
  const Value normal = b.layer_norm(x);
  const Value q = heads_of(b, b.linear(normal, width), heads);
  const Value k = heads_of(b, b.linear(normal, width), heads);
  const Value v = heads_of(b, b.linear(normal, width), heads);
  const double scale = std::sqrt(static_cast<double>(heads) / static_cast<double>(width));
  const Value scores = b.matmul(b.mul(q, b.scalar(scale)), b.transpose(k, {0, 1, 3, 2}));
  const Value mixed = b.transpose(b.matmul(b.softmax(scores), v), {0, 2, 1, 3});
  const Value y = b.add(x, b.linear(b.reshape(mixed, x.shape), width, {.gain = 0.25}));
  const std::int64_t hidden =
      std::max<std::int64_t>(1, std::llround(f.number("expand") * static_cast<double>(width)));
  const Value inner = activate(b, b.linear(b.layer_norm(y), hidden), f.text("activation"));
  return b.add(y, b.linear(inner, width, {.gain = 0.25}));
}

Result<Value> token_mean(Builder& b, const Value& x, const FieldValues& /*fields*/) {
  FORECOST_TRY([[maybe_unused]] const Done rank, needs_rank(x, 3));
  return b.reduce_mean(b.layer_norm(x), {1}, false);
}

FieldRule wanted(std::string_view name, double low, double high) {
  return {.name = name, .required = true, .low = low, .high = high};
}
FieldRule optional(std::string_view name, double fallback, double low, double high) {
  return {.name = name, .fallback = fallback, .low = low, .high = high};
}
FieldRule fraction(std::string_view name, double fallback, double low, double high) {
  return {.name = name, .fallback = fallback, .low = low, .high = high, .whole = false};
}
FieldRule activation(std::string_view fallback) {
  return {.name = "activation", .text = fallback, .texts = activations};
}

FieldRule weight_format() {
  FieldRule rule{.name = "weights", .text = "float32"};
  for (const layer::WeightFormat& format : layer::weight_formats()) rule.texts.push_back(format.name);
  return rule;
}

constexpr double widest = 65536;

std::vector<LayerRule> rules() {
  const FieldRule channels = wanted("channels", 1, widest);
  const FieldRule kernel = optional("kernel", 3, 1, 31);
  const FieldRule stride = optional("stride", 1, 1, 16);
  const FieldRule pool_kernel = optional("kernel", 2, 1, 64);
  const FieldRule pool_stride = optional("stride", 0, 0, 64);
  const FieldRule norm = optional("norm", 0, 0, 1);
  const FieldRule weights = weight_format();
  const FieldRule padding{.name = "padding", .text = "same", .texts = {"same", "none"}};
  return {{"conv",
           "convolution, with norm = true batch-normalised",
           {channels, kernel, stride, optional("groups", 1, 1, widest), padding, norm, activation("relu"),
            weights},
           conv},
          {"depthwise",
           "one convolution per channel",
           {kernel, stride, norm, activation("relu"), weights},
           depthwise},
          {"max_pool", "largest of a window", {pool_kernel, pool_stride}, max_pool},
          {"average_pool", "mean of a window", {pool_kernel, pool_stride}, average_pool},
          {"global_average_pool", "mean of each channel: an image becomes features", {}, global_average_pool},
          {"flatten", "an image becomes features", {}, flatten},
          {"linear", "fully connected", {wanted("features", 1, 1e7), activation("none"), weights}, linear},
          {"residual",
           "two convolutions and a shortcut",
           {channels, kernel, stride, activation("relu"), weights},
           residual},
          {"bottleneck",
           "1 x 1, k x k, 1 x 1 and a shortcut",
           {channels, optional("reduction", 4, 1, 64), kernel, stride, activation("relu"), weights},
           bottleneck},
          {"inverted_residual",
           "expansion, depthwise, projection, as in MobileNetV2 and V3",
           {channels, fraction("expand", 6, 0.1, 64), kernel, stride, fraction("squeeze", 0, 0, 1),
            activation("relu6"), weights},
           inverted_residual},
          {"patches",
           "an image becomes tokens",
           {wanted("width", 1, widest), wanted("size", 1, 512), weights},
           patches},
          {"transformer",
           "attention and two linear layers, norm first",
           {wanted("heads", 1, 1024), fraction("expand", 4, 0.1, 64), activation("gelu"), weights},
           transformer},
          {"token_mean", "normalised mean of the tokens: features", {}, token_mean}};
}

}  // namespace

const std::vector<LayerRule>& layer_rules() {
  static const std::vector<LayerRule> table = rules();
  return table;
}

const LayerRule* find_layer_rule(std::string_view name) {
  const auto& table = layer_rules();
  const auto found =
      std::find_if(table.begin(), table.end(), [name](const LayerRule& r) { return r.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace forecost::search
