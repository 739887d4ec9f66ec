// SPDX-License-Identifier: Apache-2.0
// Functions of one tensor, element by element. Operations per element: 1 for what a processor does in one
// instruction, 2 or 3 where a few of those are needed, 4 for every transcendental function inside.
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> unary();

namespace {

using Function = double (*)(double);

struct Card {
  std::string_view op;
  int operations;
  Function function = nullptr;  ///< for constant propagation; null where no shape ever follows from it
  ElementType result = ElementType::undefined;  ///< undefined: that of the input
};

double negated(double x) {
  return -x;
}
double absolute(double x) {
  return std::fabs(x);
}
double floored(double x) {
  return std::floor(x);
}
double ceiled(double x) {
  return std::ceil(x);
}
double rounded(double x) {
  return std::nearbyint(x);
}
double rooted(double x) {
  return std::sqrt(x);
}
double inverted(double x) {
  return 1 / x;
}
double raised(double x) {
  return std::exp(x);
}
double logarithm(double x) {
  return std::log(x);
}
double sign(double x) {
  return static_cast<double>(x > 0) - static_cast<double>(x < 0);
}
double rectified(double x) {
  return x > 0 ? x : 0;
}
double opposite(double x) {
  return static_cast<double>(x == 0);
}

constexpr std::array<Card, 41> cards{{{"Relu", 1, rectified},
                                      {"LeakyRelu", 2},
                                      {"ThresholdedRelu", 2},
                                      {"Elu", 4},
                                      {"Selu", 4},
                                      {"Celu", 4},
                                      {"Sigmoid", 4},
                                      {"HardSigmoid", 2},
                                      {"HardSwish", 3},
                                      {"Swish", 4},
                                      {"Tanh", 4},
                                      {"Erf", 4},
                                      {"Gelu", 4},
                                      {"Mish", 8},
                                      {"Softplus", 4},
                                      {"Softsign", 3},
                                      {"Shrink", 2},
                                      {"Abs", 1, absolute},
                                      {"Neg", 1, negated},
                                      {"Exp", 4, raised},
                                      {"Log", 4, logarithm},
                                      {"Sqrt", 1, rooted},
                                      {"Reciprocal", 1, inverted},
                                      {"Floor", 1, floored},
                                      {"Ceil", 1, ceiled},
                                      {"Round", 1, rounded},
                                      {"Sign", 1, sign},
                                      {"Sin", 4},
                                      {"Cos", 4},
                                      {"Tan", 4},
                                      {"Asin", 4},
                                      {"Acos", 4},
                                      {"Atan", 4},
                                      {"Sinh", 4},
                                      {"Cosh", 4},
                                      {"Asinh", 4},
                                      {"Acosh", 4},
                                      {"Atanh", 4},
                                      {"Not", 1, opposite},
                                      {"BitwiseNot", 1},
                                      {"IsNaN", 1, nullptr, ElementType::boolean}}};

template <std::size_t index>
Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  constexpr const Card& card = cards[index];
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  TensorFact fact = fact_of(call, card.result == ElementType::undefined ? x.element : card.result, x.shape);
  constexpr Function function = card.function;
  if constexpr (function != nullptr) {
    if (const Values* values = known(call, 0); values && is_followed(x.shape)) {
      std::vector<double> results(count_of(*values));
      for (std::size_t i = 0; i < results.size(); ++i) results[i] = function(real_at(*values, i));
      fact.values = converted(Values(std::move(results)), fact.element);
    }
  }
  return std::vector<TensorFact>{std::move(fact)};
}

template <std::size_t index>
Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, cards[index].operations);
}

template <std::size_t index>
network::Network example(std::int64_t batch) {
  constexpr Card card = cards[index];
  const bool truth = card.op == "Not";
  const bool bits = card.op == "BitwiseNot";
  const ElementType from = truth ? ElementType::boolean : bits ? ElementType::int32 : ElementType::float32;
  const ElementType to = card.result == ElementType::undefined ? from : card.result;
  network::Builder builder{std::string(card.op), 22};
  const auto x = builder.input("x", {batch, 8, 16}, from);
  builder.output(
      builder.node(std::string(card.op), {x}, {}, {{.name = "y", .element = to, .shape = x.shape}}).front());
  return builder.finish();
}

template <std::size_t... index>
std::vector<OpRule> rules(std::index_sequence<index...>) {
  return {OpRule{.op = cards[index].op,
                 .shapes = shapes<index>,
                 .cost = cost<index>,
                 .example = example<index>,
                 .summary = "element by element"}...};
}

}  // namespace

std::vector<OpRule> unary() {
  return rules(std::make_index_sequence<cards.size()>());
}

}  // namespace forecost::layer::ops
