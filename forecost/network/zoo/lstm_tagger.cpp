// SPDX-License-Identifier: Apache-2.0
// Word embeddings, one bidirectional LSTM, a linear layer per word (Huang, Xu, Yu 2015, without the CRF).
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

constexpr std::int64_t words = 10'000;
constexpr std::int64_t width = 100;
constexpr std::int64_t hidden = 128;  ///< per direction
constexpr std::int64_t tags = 17;     ///< universal parts of speech

Network build(const ZooOptions& options) {
  const std::int64_t sequence = options.sequence > 0 ? options.sequence : 32;
  Builder b("lstm_tagger");
  const Value ids = b.input("input_ids", {options.batch, sequence}, ElementType::int64);
  const Value x = b.transpose(b.gather(b.weights({words, width}, 0.5), ids), {1, 0, 2});
  const Value input_weights = b.weights({2, 4 * hidden, width}, 0.1);
  const Value recurrent_weights = b.weights({2, 4 * hidden, hidden}, 0.08);
  const Value biases = b.weights({2, 8 * hidden}, 0.05);
  const Value states =
      b.node("LSTM", {x, input_weights, recurrent_weights, biases},
             {{"direction", std::string("bidirectional")}, {"hidden_size", hidden}},
             {{.name = {}, .element = x.element, .shape = {sequence, 2, options.batch, hidden}}})
          .front();
  const Value joined = b.reshape(b.transpose(states, {0, 2, 1, 3}), {sequence, options.batch, 2 * hidden});
  b.output(b.linear(b.transpose(joined, {1, 0, 2}), tags), "tags");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> lstm_tagger() {
  return {{.name = "lstm_tagger",
           .summary = "bidirectional LSTM tagger, 32 words",
           .source = "our own sizes, counted by hand",
           .parameters = 1'239'889,
           .macs = 7'610'368,
           .build = build}};
}

}  // namespace forecost::network::zoo
