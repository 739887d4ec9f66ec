// SPDX-License-Identifier: Apache-2.0
// Recurrent networks over token sequences: LSTM, GRU, RNN, one or two directions.
#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;
using network::ElementType;

Value recurrent_layer(Builder& builder, Dice& dice, const Value& x, const std::string& op) {
  const std::int64_t s = x.dim(0), n = x.dim(1), in = x.dim(2);
  const std::int64_t hidden = dice.channels(16, 512), directions = dice.pick<std::int64_t>({1, 2});
  const std::int64_t gates = op == "LSTM" ? 4 : op == "GRU" ? 3 : 1;
  const Value w = builder.weights({directions, gates * hidden, in}, 0.05);
  const Value r = builder.weights({directions, gates * hidden, hidden}, 0.05);
  const Value b = builder.weights({directions, 2 * gates * hidden}, 0.01);
  network::Attributes attributes{{"hidden_size", hidden}};
  if (directions == 2) attributes.emplace("direction", std::string("bidirectional"));
  if (op == "GRU") attributes.emplace("linear_before_reset", std::int64_t{1});
  Value y{.shape = {s, directions, n, hidden}};
  y = builder.node(op, {x, w, r, b}, attributes, {y})[0];
  return builder.reshape(builder.transpose(y, {0, 2, 1, 3}), {s, n, directions * hidden});
}

network::Network draw(Dice& dice) {
  Builder builder("recurrent");
  const std::int64_t s = dice.spread(4, 128), n = dice.pick<std::int64_t>({1, 1, 1, 2, 8, 8});
  Value x;
  if (dice.chance(0.6)) {
    const Value ids = builder.input("tokens", {s, n}, ElementType::int64);
    x = builder.gather(builder.weights({dice.spread(200, 20000), dice.channels(16, 300)}, 0.1), ids);
  } else {
    x = builder.input("features", {s, n, dice.channels(16, 300)});
  }
  const auto op = dice.pick<std::string>({"LSTM", "LSTM", "GRU", "GRU", "RNN"});
  const std::int64_t depth = dice.between(1, 2);
  for (std::int64_t i = 0; i < depth; ++i) x = recurrent_layer(builder, dice, x, op);
  x = builder.linear(x, dice.spread(4, 128));
  if (dice.chance(0.4)) x = builder.softmax(x);
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior recurrent() {
  return {.name = "recurrent",
          .summary = "LSTM, GRU and RNN layers over token sequences",
          .share = 0.08,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
