// SPDX-License-Identifier: Apache-2.0
// LSTM-14, GRU-14, RNN-14 of ai.onnx and ONNX Runtime's DynamicQuantizeLSTM. One step of one direction
// multiplies gates * hidden rows of input + hidden columns: T * B * directions * gates * H * (I + H)
// multiply-accumulates.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

struct Cell {
  std::string_view op;
  std::int64_t gates;
  std::int64_t activations;  ///< transcendental functions per hidden unit and step
  std::int64_t arithmetic;   ///< other operations per hidden unit and step, biases excepted
};

constexpr std::array<Cell, 4> cells{
    {{"LSTM", 4, 5, 4}, {"DynamicQuantizeLSTM", 4, 5, 4}, {"GRU", 3, 3, 5}, {"RNN", 1, 1, 0}}};

const Cell& cell_of(const OpCall& call) {
  return *std::find_if(cells.begin(), cells.end(), [&](const Cell& cell) { return cell.op == call.node.op; });
}

struct Sizes {
  std::int64_t steps, batch, directions, input, hidden;
};

/// Weights are [directions, gates * hidden, input]; the quantised operator keeps them transposed.
Sizes sizes_of(const OpCall& call) {
  const Shape& x = call.inputs[0].shape;
  const Shape& r = call.inputs[2].shape;
  const bool batch_first = call.node.int_or("layout", 0) != 0;
  const bool quantised = call.node.op == "DynamicQuantizeLSTM";
  return {x[batch_first ? 1 : 0], x[batch_first ? 0 : 1], call.inputs[1].shape[0], x[2],
          r[quantised ? 1 : 2]};
}

Status check(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  for (std::size_t i = 0; i < 3; ++i) {
    if (call.inputs[i].shape.size() != 3) {
      return call.refuse(fmt::format("input {} is [{}]", i, fmt::join(call.inputs[i].shape, ", ")),
                         "sequence, weights and recurrence weights have rank 3");
    }
  }
  const Sizes sizes = sizes_of(call);
  const std::int64_t gates = cell_of(call).gates;
  const bool quantised = call.node.op == "DynamicQuantizeLSTM";
  const std::int64_t rows = product({gates, sizes.hidden});
  const Shape w =
      quantised ? Shape{sizes.directions, sizes.input, rows} : Shape{sizes.directions, rows, sizes.input};
  const Shape r =
      quantised ? Shape{sizes.directions, sizes.hidden, rows} : Shape{sizes.directions, rows, sizes.hidden};
  if (call.inputs[1].shape != w || call.inputs[2].shape != r) {
    return call.refuse(
        fmt::format("weights [{}] and recurrence weights [{}] for an input [{}]",
                    fmt::join(call.inputs[1].shape, ", "), fmt::join(call.inputs[2].shape, ", "),
                    fmt::join(call.inputs[0].shape, ", ")),
        fmt::format("for {} features and hidden size {} they must be [{}] and [{}]", sizes.input,
                    sizes.hidden, fmt::join(w, ", "), fmt::join(r, ", ")));
  }
  const std::int64_t wanted = call.node.string_or("direction", "forward") == "bidirectional" ? 2 : 1;
  if (sizes.directions != wanted) {
    return call.refuse(fmt::format("weights hold {} directions where the attribute direction asks for {}",
                                   sizes.directions, wanted),
                       "set direction to bidirectional, or give weights of one direction");
  }
  if (call.node.int_or("hidden_size", sizes.hidden) != sizes.hidden) {
    return call.refuse(fmt::format("hidden_size {} but recurrence weights of {}",
                                   call.node.int_or("hidden_size", 0), sizes.hidden),
                       "the attribute must repeat the weights' hidden size");
  }
  return Done{};
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done sound, check(call));
  const Sizes sizes = sizes_of(call);
  const bool batch_first = call.node.int_or("layout", 0) != 0;
  const Shape every = batch_first ? Shape{sizes.batch, sizes.steps, sizes.directions, sizes.hidden}
                                  : Shape{sizes.steps, sizes.directions, sizes.batch, sizes.hidden};
  const Shape last = batch_first ? Shape{sizes.batch, sizes.directions, sizes.hidden}
                                 : Shape{sizes.directions, sizes.batch, sizes.hidden};
  const ElementType element = call.inputs[0].element;
  std::vector<TensorFact> facts{fact_of(call, element, every), fact_of(call, element, last)};
  if (cell_of(call).gates == 4) facts.push_back(fact_of(call, element, last));
  return named_outputs(call, std::move(facts));
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const auto [steps, batch, directions, input, hidden] = sizes_of(call);
  const Cell& cell = cell_of(call);
  const std::int64_t states = product({steps, batch, directions, hidden});
  const std::int64_t biases = call.has(3) ? 2 * cell.gates : 0;
  const std::int64_t peepholes = call.has(7) && cell.gates == 4 ? 6 : 0;
  const std::int64_t each = 4 * cell.activations + cell.arithmetic + biases + peepholes;
  return work_cost(
      call, outputs,
      {.macs = product({states, cell.gates, sum({input, hidden})}), .other = product({states, each})},
      {.batch = real(steps),
       .groups = real(directions),
       .m = real(batch),
       .n = real(hidden) * real(cell.gates),
       .k = real(input) + real(hidden)});
}

network::Network example_of(std::string op, std::int64_t batch) {
  network::Builder builder("recurrent");
  constexpr std::int64_t steps = 5, input = 6, hidden = 4;
  const std::int64_t gates = op == "LSTM" ? 4 : op == "GRU" ? 3 : 1;
  const auto x = builder.input("x", {steps, batch, input});
  builder.output(builder.node(
      std::move(op),
      {x, builder.weights({1, gates * hidden, input}, 0.1), builder.weights({1, gates * hidden, hidden}, 0.1),
       builder.filled({1, 2 * gates * hidden}, 0)},
      {{"hidden_size", hidden}}, {{"y", ElementType::float32, {steps, 1, batch, hidden}}})[0]);
  return builder.finish();
}

network::Network quantised_example(std::int64_t batch) {
  network::Builder builder("quantised_lstm");
  constexpr std::int64_t steps = 5, input = 6, hidden = 4;
  const auto x = builder.input("x", {steps, batch, input});
  const network::Value absent{};
  const auto zero = builder.filled({1}, 0, ElementType::int8);
  const auto scale = builder.filled({1}, 0.1);
  builder.output(builder.node(
      "DynamicQuantizeLSTM",
      {x, builder.filled({1, input, 4 * hidden}, 1, ElementType::int8),
       builder.filled({1, hidden, 4 * hidden}, 1, ElementType::int8), builder.filled({1, 8 * hidden}, 0),
       absent, absent, absent, absent, scale, zero, scale, zero},
      {{"hidden_size", hidden}}, {{"y", ElementType::float32, {steps, 1, batch, hidden}}},
      "com.microsoft")[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> recurrent() {
  return {
      {.op = "LSTM",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return example_of("LSTM", batch); },
       .summary = "long short-term memory over a sequence"},
      {.op = "GRU",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return example_of("GRU", batch); },
       .summary = "gated recurrent unit over a sequence"},
      {.op = "RNN",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return example_of("RNN", batch); },
       .summary = "simple recurrence over a sequence"},
      {.op = "DynamicQuantizeLSTM",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = quantised_example,
       .summary = "LSTM with int8 weights"},
  };
}

}  // namespace forecost::layer::ops
