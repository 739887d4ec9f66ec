// SPDX-License-Identifier: Apache-2.0
// Recurrent layers by libtorch's own, whose gates stand in another order than ONNX's; and images made larger.
#include <cmath>

#include "trainer/op.h"

namespace forecost::trainer {
namespace {

using Tensors = std::vector<at::Tensor>;
using Ints = std::vector<std::int64_t>;

/// Rows of gates in libtorch's order; `order` names ONNX's gate for each of libtorch's.
at::Tensor reordered(const at::Tensor& rows, const Ints& order) {
  const auto gates = rows.chunk(static_cast<std::int64_t>(order.size()), 0);
  Tensors sorted;
  for (const std::int64_t gate : order) sorted.push_back(gates[static_cast<std::size_t>(gate)]);
  return order.size() == 1 ? rows : at::cat(sorted, 0);
}

struct Recurrence {
  at::Tensor x;
  Tensors weights;  ///< per direction: input, hidden, and their biases where there are any
  bool biased = false;
  bool both = false;
  bool backwards = false;

  at::Tensor state(const Call& call, std::size_t input) const {
    if (call.has(input)) return call.in(input);
    const std::int64_t hidden = weights[1].size(1);
    return at::zeros({both ? 2 : 1, x.size(1), hidden}, x.options());
  }
  /// (time, batch, directions x hidden) as (time, directions, batch, hidden).
  at::Tensor laid_out(const at::Tensor& y) const {
    const std::int64_t directions = both ? 2 : 1;
    const at::Tensor turned = backwards ? y.flip(0) : y;
    return turned.view({y.size(0), y.size(1), directions, y.size(2) / directions}).permute({0, 2, 1, 3});
  }
};

Recurrence recurrence_of(const Call& call, const Ints& order) {
  if (call.has(4)) throw Untrainable(call.node.op + " over sequences of several lengths");
  if (call.node.int_or("layout", 0) != 0) throw Untrainable(call.node.op + " with the batch first");
  if (call.node.attributes.contains("clip")) throw Untrainable(call.node.op + " that clips");
  const std::string direction = call.node.string_or("direction", "forward");
  Recurrence made;
  made.both = direction == "bidirectional";
  made.backwards = direction == "reverse";
  made.biased = call.has(3);
  made.x = made.backwards ? call.in(0).flip(0) : call.in(0);
  for (std::int64_t d = 0; d < (made.both ? 2 : 1); ++d) {
    made.weights.push_back(reordered(call.in(1).select(0, d), order));
    made.weights.push_back(reordered(call.in(2).select(0, d), order));
    if (!made.biased) continue;
    for (const at::Tensor& bias : call.in(3).select(0, d).chunk(2, 0)) {
      made.weights.push_back(reordered(bias, order));
    }
  }
  return made;
}

Tensors lstm(const Call& call) {
  if (call.has(7)) throw Untrainable("LSTM with peepholes");
  const Recurrence r = recurrence_of(call, {0, 2, 3, 1});  // ONNX: input, output, forget, cell
  const auto [y, hidden, cell] =
      at::lstm(r.x, {r.state(call, 5), r.state(call, 6)}, r.weights, r.biased, 1, 0, false, r.both, false);
  return {r.laid_out(y), hidden, cell};
}

Tensors gru(const Call& call) {
  if (call.node.int_or("linear_before_reset", 0) == 0)
    throw Untrainable("GRU that resets before the product");
  const Recurrence r = recurrence_of(call, {1, 0, 2});  // ONNX: update, reset, hidden
  const auto [y, hidden] = at::gru(r.x, r.state(call, 5), r.weights, r.biased, 1, 0, false, r.both, false);
  return {r.laid_out(y), hidden};
}

Tensors rnn(const Call& call) {
  const Recurrence r = recurrence_of(call, {0});
  const auto [y, hidden] =
      at::rnn_tanh(r.x, r.state(call, 5), r.weights, r.biased, 1, 0, false, r.both, false);
  return {r.laid_out(y), hidden};
}

/// Extents of the enlarged image, by sizes or by scales.
Ints enlarged(const Call& call) {
  const at::Tensor& x = call.in(0);
  const bool resize = call.node.op == "Resize" && call.opset >= 11;
  const std::size_t scales = resize ? 2 : 1;
  Ints sizes = x.sizes().vec();
  if (resize && call.has(3) && call.in(3).numel() > 0) {
    sizes = whole_numbers(call.in(3));
  } else {
    const at::Tensor factors = call.in(scales).to(at::kDouble).cpu();
    for (std::size_t i = 0; i < sizes.size() && static_cast<std::int64_t>(i) < factors.numel(); ++i) {
      const double factor = factors[static_cast<std::int64_t>(i)].item<double>();
      sizes[i] = static_cast<std::int64_t>(std::floor(static_cast<double>(sizes[i]) * factor));
    }
  }
  if (x.dim() != 4 || sizes.size() != 4 || sizes[0] != x.size(0) || sizes[1] != x.size(1)) {
    throw Untrainable(call.node.op + " of other than the extents of images");
  }
  return {sizes[2], sizes[3]};
}

Tensors resize(const Call& call) {
  const at::Tensor& x = call.in(0);
  const Ints sizes = enlarged(call);
  const bool old = call.node.op == "Upsample" || call.opset < 11;
  const std::string mode = call.node.string_or("mode", "nearest");
  const std::string way =
      call.node.string_or("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  if (mode == "nearest") {
    const bool whole = sizes[0] % x.size(2) == 0 && sizes[1] % x.size(3) == 0;
    const bool floor = way == "asymmetric" && (old || call.node.string_or("nearest_mode", "") == "floor");
    if (!floor && !(whole && way == "half_pixel")) throw Untrainable("Resize to the nearest, " + way);
    return {at::upsample_nearest2d(x, sizes)};
  }
  if (mode != "linear" || (way != "half_pixel" && way != "pytorch_half_pixel" && way != "align_corners")) {
    throw Untrainable("Resize that is " + mode + ", " + way);
  }
  return {at::upsample_bilinear2d(x, sizes, way == "align_corners")};
}

}  // namespace

const std::vector<NamedOp>& sequence_ops() {
  static const std::vector<NamedOp> table = {
      {"LSTM", lstm}, {"GRU", gru}, {"RNN", rnn}, {"Resize", resize}, {"Upsample", resize}};
  return table;
}

}  // namespace forecost::trainer
