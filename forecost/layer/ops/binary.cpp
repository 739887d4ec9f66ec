// SPDX-License-Identifier: Apache-2.0
// Functions of two and more tensors with NumPy broadcasting, and their constant propagation.
// One operation per output element and pair of inputs; Pow is transcendental and counts 4.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> binary();

namespace {

using Integer = std::int64_t;
using MaybeInteger = std::optional<Integer>;
using OnIntegers = MaybeInteger (*)(Integer, Integer);
using OnReals = double (*)(double, double);

// Integers wrap as the hardware does; what has no defined result stays unknown.
std::uint64_t bits(Integer x) {
  return static_cast<std::uint64_t>(x);
}
MaybeInteger add_i(Integer a, Integer b) {
  return static_cast<Integer>(bits(a) + bits(b));
}
MaybeInteger sub_i(Integer a, Integer b) {
  return static_cast<Integer>(bits(a) - bits(b));
}
MaybeInteger mul_i(Integer a, Integer b) {
  return static_cast<Integer>(bits(a) * bits(b));
}
bool divides_badly(Integer a, Integer b) {
  return b == 0 || (b == -1 && a == std::numeric_limits<Integer>::min());
}
MaybeInteger div_i(Integer a, Integer b) {
  return divides_badly(a, b) ? MaybeInteger() : a / b;
}
/// The remainder takes the divisor's sign (fmod = 0).
MaybeInteger mod_i(Integer a, Integer b) {
  if (divides_badly(a, b)) return {};
  const Integer rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
MaybeInteger pow_i(Integer a, Integer b) {
  const double power = std::pow(static_cast<double>(a), static_cast<double>(b));
  constexpr double exact = 9007199254740992.0;  // 2^53
  return std::fabs(power) <= exact ? MaybeInteger(static_cast<Integer>(power)) : MaybeInteger();
}
MaybeInteger min_i(Integer a, Integer b) {
  return std::min(a, b);
}
MaybeInteger max_i(Integer a, Integer b) {
  return std::max(a, b);
}
MaybeInteger and_i(Integer a, Integer b) {
  return a & b;
}
MaybeInteger or_i(Integer a, Integer b) {
  return a | b;
}
MaybeInteger xor_i(Integer a, Integer b) {
  return a ^ b;
}
MaybeInteger equal_i(Integer a, Integer b) {
  return a == b;
}
MaybeInteger less_i(Integer a, Integer b) {
  return a < b;
}
MaybeInteger less_equal_i(Integer a, Integer b) {
  return a <= b;
}
MaybeInteger greater_i(Integer a, Integer b) {
  return a > b;
}
MaybeInteger greater_equal_i(Integer a, Integer b) {
  return a >= b;
}

double add_r(double a, double b) {
  return a + b;
}
double sub_r(double a, double b) {
  return a - b;
}
double mul_r(double a, double b) {
  return a * b;
}
double div_r(double a, double b) {
  return a / b;
}
double mod_r(double a, double b) {
  return std::fmod(a, b);
}
double pow_r(double a, double b) {
  return std::pow(a, b);
}
double min_r(double a, double b) {
  return std::fmin(a, b);
}
double max_r(double a, double b) {
  return std::fmax(a, b);
}
double equal_r(double a, double b) {
  return a == b;
}
double less_r(double a, double b) {
  return a < b;
}
double less_equal_r(double a, double b) {
  return a <= b;
}
double greater_r(double a, double b) {
  return a > b;
}
double greater_equal_r(double a, double b) {
  return a >= b;
}

enum class Domain { numbers, truths, bits };  ///< what the example's inputs hold
enum class Count { two, any };

struct Card {
  std::string_view op;
  OnIntegers on_integers = nullptr;
  OnReals on_reals = nullptr;
  bool compares = false;  ///< the result is boolean
  Domain domain = Domain::numbers;
  Count count = Count::two;
  int operations = 1;
};

constexpr std::array<Card, 22> cards{{{"Add", add_i, add_r},
                                      {"Sub", sub_i, sub_r},
                                      {"Mul", mul_i, mul_r},
                                      {"Div", div_i, div_r},
                                      {"Mod", mod_i, mod_r},
                                      {"Pow", pow_i, pow_r, false, Domain::numbers, Count::two, 4},
                                      {"Min", min_i, min_r, false, Domain::numbers, Count::any},
                                      {"Max", max_i, max_r, false, Domain::numbers, Count::any},
                                      {"Sum", add_i, add_r, false, Domain::numbers, Count::any},
                                      {"Mean", nullptr, nullptr, false, Domain::numbers, Count::any},
                                      {"And", and_i, nullptr, true, Domain::truths},
                                      {"Or", or_i, nullptr, true, Domain::truths},
                                      {"Xor", xor_i, nullptr, true, Domain::truths},
                                      {"Equal", equal_i, equal_r, true},
                                      {"Less", less_i, less_r, true},
                                      {"LessOrEqual", less_equal_i, less_equal_r, true},
                                      {"Greater", greater_i, greater_r, true},
                                      {"GreaterOrEqual", greater_equal_i, greater_equal_r, true},
                                      {"BitShift", nullptr, nullptr, false, Domain::bits},
                                      {"BitwiseAnd", and_i, nullptr, false, Domain::bits},
                                      {"BitwiseOr", or_i, nullptr, false, Domain::bits},
                                      {"BitwiseXor", xor_i, nullptr, false, Domain::bits}}};

/// False where a narrower integer type would have wrapped.
bool holds(ElementType element, Integer value) {
  switch (element) {
    case ElementType::int8:
      return value >= -128 && value <= 127;
    case ElementType::uint8:
      return value >= 0 && value <= 255;
    case ElementType::int16:
      return value >= -32768 && value <= 32767;
    case ElementType::uint16:
      return value >= 0 && value <= 65535;
    case ElementType::int32:
      return value >= std::numeric_limits<std::int32_t>::min() &&
             value <= std::numeric_limits<std::int32_t>::max();
    case ElementType::uint32:
      return value >= 0 && value <= std::numeric_limits<std::uint32_t>::max();
    default:
      return true;
  }
}

struct Operand {
  const Values& values;
  const Shape& shape;
};

/// Contents of card(a, b) over `out`; empty when one element has no defined result.
std::optional<Values> combined(const Card& card, const Operand& a, const Operand& b, const Shape& out) {
  const auto left = walk(out, broadcast_strides(a.shape, out));
  const auto right = walk(out, broadcast_strides(b.shape, out));
  const auto* integers_a = std::get_if<std::vector<Integer>>(&a.values);
  const auto* integers_b = std::get_if<std::vector<Integer>>(&b.values);
  if (integers_a && integers_b && card.on_integers) {
    std::vector<Integer> results(left.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      const MaybeInteger result = card.on_integers((*integers_a)[static_cast<std::size_t>(left[i])],
                                                   (*integers_b)[static_cast<std::size_t>(right[i])]);
      if (!result) return {};
      results[i] = *result;
    }
    return Values(std::move(results));
  }
  if (!card.on_reals) return {};
  std::vector<double> results(left.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i] = card.on_reals(real_at(a.values, static_cast<std::size_t>(left[i])),
                               real_at(b.values, static_cast<std::size_t>(right[i])));
  }
  return Values(std::move(results));
}

std::optional<Values> folded(const Card& card, const OpCall& call, const TensorFact& fact) {
  if (!card.on_integers || !is_followed(fact.shape)) return {};
  const Values* first = known(call, 0);
  if (!first) return {};
  std::optional<Values> result = *first;
  Shape shape = call.inputs[0].shape;
  for (std::size_t i = 1; i < call.inputs.size() && result; ++i) {
    const Values* next = known(call, i);
    if (!next) return {};
    auto both = broadcast(call, shape, call.inputs[i].shape);
    if (!both) return {};
    result = combined(card, {*result, shape}, {*next, call.inputs[i].shape}, *both);
    shape = *both;
  }
  if (!result) return {};
  if (call.inputs.size() == 1) return result;
  result = converted(*result, fact.element);
  const auto* integers = std::get_if<std::vector<Integer>>(&*result);
  const bool fits = !integers || std::all_of(integers->begin(), integers->end(),
                                             [&](Integer value) { return holds(fact.element, value); });
  return fits ? result : std::nullopt;
}

template <std::size_t index>
Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  constexpr const Card& card = cards[index];
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, card.count == Count::any ? 1 : 2));
  Shape out = call.inputs[0].shape;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    if (!call.has(i)) continue;
    // Opset 6 aligned the second operand with `axis` instead of the last one.
    if (call.opset < 7 && call.node.int_or("broadcast", 0) != 0) continue;
    FORECOST_TRY(out, broadcast(call, out, call.inputs[i].shape));
  }
  TensorFact fact =
      fact_of(call, card.compares ? ElementType::boolean : call.inputs[0].element, std::move(out));
  fact.values = folded(card, call, fact);
  return std::vector<TensorFact>{std::move(fact)};
}

template <std::size_t index>
Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const auto steps = static_cast<double>(std::max<std::size_t>(call.inputs.size(), 2) - 1);
  return streaming_cost(call, outputs, cards[index].operations * steps);
}

template <std::size_t index>
network::Network example(std::int64_t batch) {
  constexpr const Card& card = cards[index];
  ElementType from = card.domain == Domain::truths ? ElementType::boolean : ElementType::float32;
  network::Attributes attributes;
  if (card.domain == Domain::bits) from = ElementType::int32;
  if (card.op == "BitShift") {
    from = ElementType::uint32;
    attributes.emplace("direction", std::string("LEFT"));
  }
  if (card.op == "Mod") attributes.emplace("fmod", std::int64_t{1});
  network::Builder builder{std::string(card.op), 18};
  const auto a = builder.input("a", {batch, 8, 16}, from);
  const auto b = builder.input("b", {batch, 1, 16}, from);
  const network::Value y{
      .name = "y", .element = card.compares ? ElementType::boolean : from, .shape = a.shape};
  builder.output(builder.node(std::string(card.op), {a, b}, attributes, {y}).front());
  return builder.finish();
}

template <std::size_t... index>
std::vector<OpRule> rules(std::index_sequence<index...>) {
  return {OpRule{.op = cards[index].op,
                 .shapes = shapes<index>,
                 .cost = cost<index>,
                 .example = example<index>,
                 .summary = cards[index].count == Count::any ? "of any number of tensors, broadcasting"
                                                             : "of two tensors, broadcasting"}...};
}

}  // namespace

std::vector<OpRule> binary() {
  return rules(std::make_index_sequence<cards.size()>());
}

}  // namespace forecost::layer::ops
