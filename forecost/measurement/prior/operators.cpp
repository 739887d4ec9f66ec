// SPDX-License-Identifier: Apache-2.0
// Single operators of every kind that networks contain, each copy on its own input.
#include <algorithm>
#include <functional>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;
using network::Attributes;
using network::ElementType;
using Cell = std::function<Value(Builder&, Dice&, const Value&)>;

Cell unary(const std::string& op, const Attributes& attributes = {}) {
  return [=](Builder& b, Dice&, const Value& x) { return b.same(op, {x}, attributes); };
}

Cell binary(const std::string& op) {
  return [=](Builder& b, Dice& dice, const Value& x) {
    const double form = dice.uniform();
    if (form < 0.3) return b.same(op, {x, b.scalar(1.5)});
    if (form < 0.6) return b.same(op, {x, b.weights({x.dim(-1)}, 1)});
    if (form < 0.8 && x.shape.size() == 4) return b.same(op, {x, b.weights({x.dim(1), 1, 1}, 1)});
    return b.same(op, {x, b.weights(x.shape, 1)});
  };
}

Cell comparison(const std::string& op) {
  return [=](Builder& b, Dice&, const Value& x) {
    Value y = x;
    y.element = ElementType::boolean;
    return b.node(op, {x, b.weights(x.shape, 1)}, {}, {y})[0];
  };
}

Cell reduction(const std::string& op) {
  return [=](Builder& b, Dice& dice, const Value& x) {
    const auto axis = static_cast<std::int64_t>(dice.chance(0.6) ? x.shape.size() - 1 : 1);
    Value y = x;
    y.shape[static_cast<std::size_t>(axis)] = 1;
    Attributes attributes{{"keepdims", std::int64_t{1}}};
    if (op == "ReduceSum") return b.node(op, {x, b.integers({axis}, {1})}, attributes, {y})[0];
    attributes.emplace("axes", std::vector<std::int64_t>{axis});
    return b.node(op, {x}, attributes, {y})[0];
  };
}

Value arg_max(Builder& b, Dice&, const Value& x) {
  Value y = x;
  y.element = ElementType::int64;
  y.shape.back() = 1;
  return b.node("ArgMax", {x}, {{"axis", std::int64_t{-1}}}, {y})[0];
}

Value top_k(Builder& b, Dice& dice, const Value& x) {
  Value y = x, index = x;
  y.shape.back() = index.shape.back() = std::min<std::int64_t>(x.dim(-1), dice.spread(1, 50));
  index.element = ElementType::int64;
  return b.node("TopK", {x, b.integers({y.dim(-1)}, {1})}, {}, {y, index})[0];
}

Value pad(Builder& b, Dice& dice, const Value& x) {
  std::vector<std::int64_t> pads(2 * x.shape.size(), 0);
  const std::int64_t amount = dice.between(1, 3);
  Value y = x;
  for (std::size_t axis = x.shape.size() - 2; axis < x.shape.size(); ++axis) {
    pads[axis] = pads[axis + x.shape.size()] = amount;
    y.shape[axis] += 2 * amount;
  }
  const auto count = static_cast<std::int64_t>(pads.size());
  return b.node("Pad", {x, b.integers(pads, {count}), b.scalar(0)}, {}, {y})[0];
}

Value transpose(Builder& b, Dice& dice, const Value& x) {
  std::vector<std::int64_t> order(x.shape.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(i)))]);
  }
  return b.transpose(x, order);
}

Value expand(Builder& b, Dice& dice, const Value& x) {
  Value y = x;
  const std::int64_t times = dice.between(2, 6);
  y.shape.insert(y.shape.begin(), times);
  return b.node("Expand", {x, b.integers(y.shape, {static_cast<std::int64_t>(y.shape.size())})}, {}, {y})[0];
}

Value tile(Builder& b, Dice& dice, const Value& x) {
  std::vector<std::int64_t> repeats(x.shape.size(), 1);
  repeats.back() = dice.between(2, 4);
  Value y = x;
  y.shape.back() *= repeats.back();
  return b.node("Tile", {x, b.integers(repeats, {static_cast<std::int64_t>(repeats.size())})}, {}, {y})[0];
}

Value cast(Builder& b, Dice& dice, const Value& x) {
  Value y = x;
  y.element = dice.pick<ElementType>(
      {ElementType::float16, ElementType::int64, ElementType::int32, ElementType::float64});
  return b.node("Cast", {x}, {{"to", static_cast<std::int64_t>(y.element)}}, {y})[0];
}

Value where(Builder& b, Dice&, const Value& x) {
  return b.node("Where", {b.filled(x.shape, 1, ElementType::boolean), x, b.weights(x.shape, 1)}, {}, {x})[0];
}

Value gather_rows(Builder& b, Dice& dice, const Value& x) {
  const std::int64_t count = dice.spread(1, 256);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  for (auto& row : rows) row = dice.between(0, x.dim(1) - 1);
  return b.gather(x, b.integers(rows, {count}), 1);
}

Value depth_to_space(Builder& b, Dice&, const Value& x) {
  const Value y{.element = x.element, .shape = {x.dim(0), x.dim(1) / 4, x.dim(2) * 2, x.dim(3) * 2}};
  return b.node("DepthToSpace", {x}, {{"blocksize", std::int64_t{2}}}, {y})[0];
}

Value space_to_depth(Builder& b, Dice&, const Value& x) {
  const Value y{.element = x.element, .shape = {x.dim(0), x.dim(1) * 4, x.dim(2) / 2, x.dim(3) / 2}};
  return b.node("SpaceToDepth", {x}, {{"blocksize", std::int64_t{2}}}, {y})[0];
}

Value instance_norm(Builder& b, Dice&, const Value& x) {
  return b.node("InstanceNormalization", {x, b.filled({x.dim(1)}, 1), b.filled({x.dim(1)}, 0)}, {}, {x})[0];
}

Value prelu(Builder& b, Dice&, const Value& x) {
  return b.same("PRelu", {x, b.weights({x.dim(1), 1, 1}, 0.2)});
}

Value cumulative_sum(Builder& b, Dice&, const Value& x) {
  return b.node("CumSum", {x, b.integers({-1}, {})}, {}, {x})[0];
}

Value lp_pool(Builder& b, Dice&, const Value& x) {
  const Value y{.element = x.element, .shape = {x.dim(0), x.dim(1), x.dim(2) / 2, x.dim(3) / 2}};
  return b.node(
      "LpPool", {x},
      {{"kernel_shape", std::vector<std::int64_t>{2, 2}}, {"strides", std::vector<std::int64_t>{2, 2}}},
      {y})[0];
}

Value pool(Builder& b, Dice& dice, const Value& x) {
  const auto window = dice.pick<std::int64_t>({2, 3});
  const auto stride = dice.pick<std::int64_t>({1, 2});
  const network::PoolOptions options{.kernel = {window, window}, .stride = {stride, stride}};
  return dice.chance(0.5) ? b.max_pool(x, options) : b.average_pool(x, options);
}

Value batched_matmul(Builder& b, Dice& dice, const Value& x) {
  return b.matmul(x, dice.chance(0.5) ? b.transpose(b.same("Neg", {x}), {0, 1, 3, 2})
                                      : b.weights({x.dim(0), x.dim(1), x.dim(3), dice.spread(8, 256)}, 0.1));
}

Value concat(Builder& b, Dice& dice, const Value& x) {
  return b.concat({x, b.same("Neg", {x})}, dice.pick<std::int64_t>({1, -1}));
}

Value slice(Builder& b, Dice& dice, const Value& x) {
  const auto axis = dice.pick<std::int64_t>({1, 2, 3});
  return b.slice(x, axis, 0, std::max<std::int64_t>(1, x.dim(axis) / 2));
}

Value split(Builder& b, Dice&, const Value& x) {
  return b.split(x, 1, {x.dim(1) / 2, x.dim(1) - x.dim(1) / 2})[0];
}

const std::vector<Cell>& cells() {
  static const std::vector<Cell> all = [] {
    std::vector<Cell> list;
    for (const char* op :
         {"Relu", "Sigmoid",   "Tanh",        "Erf",       "Exp",        "Log",      "Sqrt",     "Abs",
          "Neg",  "Floor",     "Ceil",        "Round",     "Reciprocal", "Softplus", "Softsign", "Elu",
          "Selu", "LeakyRelu", "HardSigmoid", "HardSwish", "Sign",       "Sin",      "Cos"}) {
      list.push_back(unary(op));
    }
    list.push_back(unary("LRN", {{"size", std::int64_t{5}}}));
    list.push_back(unary("Softmax", {{"axis", std::int64_t{-1}}}));
    list.push_back(unary("LogSoftmax", {{"axis", std::int64_t{-1}}}));
    list.emplace_back([](Builder& b, Dice&, const Value& x) { return b.global_average_pool(x); });
    for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min"}) list.push_back(binary(op));
    for (const char* op : {"Equal", "Greater", "Less"}) list.push_back(comparison(op));
    for (const char* op : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2",
                           "ReduceSumSquare", "ReduceLogSumExp"}) {
      list.push_back(reduction(op));
    }
    for (const auto cell : {arg_max,        top_k,         pad,   transpose,      transpose,   transpose,
                            expand,         tile,          cast,  where,          gather_rows, depth_to_space,
                            space_to_depth, instance_norm, prelu, cumulative_sum, lp_pool,     pool,
                            batched_matmul, concat,        slice, split}) {
      list.emplace_back(cell);
    }
    for (const char* mode : {"nearest", "linear"}) {
      list.emplace_back([mode](Builder& b, Dice&, const Value& x) { return b.upsample(x, 2, mode); });
    }
    list.emplace_back([](Builder& b, Dice&, const Value& x) { return b.gelu(x); });
    list.emplace_back([](Builder& b, Dice&, const Value& x) { return b.layer_norm(x); });
    list.emplace_back([](Builder& b, Dice&, const Value& x) { return b.batch_norm(x); });
    list.emplace_back([](Builder& b, Dice&, const Value& x) { return b.clip(x, 0, 6); });
    return list;
  }();
  return all;
}

network::Network repeat(Dice& dice, std::uint64_t turn, std::int64_t copies) {
  Builder builder("operators");
  constexpr std::uint64_t stride = 37;  // short calibrations meet operators of every kind, too
  const Cell& cell = cells()[turn * stride % cells().size()];
  const auto extent = dice.pick<std::int64_t>({2, 4, 8, 14, 16, 28, 32, 56});
  const network::Shape shape{dice.pick<std::int64_t>({1, 1, 1, 8}),
                             std::max<std::int64_t>(4, dice.spread(4, 512) / 4 * 4), extent, extent};
  const auto stream = static_cast<std::uint64_t>(dice.between(0, std::int64_t{1} << 40));
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    Dice same(stream);
    builder.output(cell(builder, same, builder.input("x" + std::to_string(copy), shape)));
  }
  return builder.finish();
}

}  // namespace

Prior operators() {
  return {.name = "operators",
          .summary = "single operators of every kind, by the slope between one copy and several",
          .share = 0.08,
          .repeat = repeat};
}

}  // namespace forecost::measurement::prior
