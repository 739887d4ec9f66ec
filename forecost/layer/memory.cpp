// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/memory.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "forecost/layer/rule_parts.h"

namespace forecost::layer {

namespace {

/// One piece of memory and the layers (first, last) that need it. Views of a tensor share its buffer.
struct Buffer {
  std::int64_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  bool from_outside = false;  ///< a graph input: nobody writes over it
};

bool aliases(const Layer& layer) {
  return layer.domain.empty() && is_view(layer.op);
}

/// Computes one element from one element, so that it may write where it reads. Fusions of a runtime's own
/// domain do not: they read their input again.
bool is_elementwise(const Layer& layer) {
  const Extents& e = layer.cost.extents;
  const bool streams = e.batch == 1 && e.n == 1 && e.k == 1 && e.kernel_h == 1 && e.kernel_w == 1;
  return layer.known && layer.domain.empty() && streams && layer.cost.macs.value == 0 &&
         layer.cost.operations.value > 0;
}

class Planner {
 public:
  explicit Planner(const LayeredNetwork& network) : network_(network) {}

  MemoryPlan plan() {
    for (const auto& input : network_.network.graph.inputs) open(input.name, 0, true);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) place(i);
    for (const auto& output : network_.network.graph.outputs) use(output.name, network_.layers.size());
    reuse();
    return summed();
  }

 private:
  void open(std::string_view name, std::size_t at, bool from_outside) {
    const TensorFact* fact = network_.tensor(name);
    if (name.empty() || !fact || fact->constant) return;
    buffer_of_[name] = buffers_.size();
    buffers_.push_back({fact->bytes().value, at, at, from_outside});
  }

  void use(std::string_view name, std::size_t at) {
    if (const auto buffer = find(name)) buffers_[*buffer].last = std::max(buffers_[*buffer].last, at);
  }

  std::optional<std::size_t> find(std::string_view name) const {
    const auto found = buffer_of_.find(name);
    return found == buffer_of_.end() ? std::nullopt : std::optional(found->second);
  }

  void place(std::size_t at) {
    const Layer& layer = network_.layers[at];
    if (layer.folded) return;
    for (const std::string& name : layer.inputs) use(name, at);
    for (std::size_t i = 0; i < layer.outputs.size(); ++i) {
      const auto source = i == 0 && aliases(layer) ? find(layer.inputs.front()) : std::nullopt;
      if (source)
        buffer_of_[layer.outputs[i]] = *source;
      else
        open(layer.outputs[i], at, false);
    }
  }

  /// Lets elementwise layers take over the buffer of an input that ends there: the output's own becomes
  /// empty.
  void reuse() {
    std::vector<std::size_t> heir(buffers_.size());  // where a buffer's contents really lie
    for (std::size_t i = 0; i < heir.size(); ++i) heir[i] = i;
    for (std::size_t at = 0; at < network_.layers.size(); ++at) {
      const Layer& layer = network_.layers[at];
      if (layer.folded || layer.outputs.empty() || aliases(layer) || !is_elementwise(layer)) continue;
      const auto target = find(layer.outputs.front());
      for (std::size_t i = 0; target && i < layer.inputs.size(); ++i) {
        const auto source = find(layer.inputs[i]);
        if (!source) continue;
        Buffer& from = buffers_[heir[*source]];
        Buffer& to = buffers_[*target];
        if (from.from_outside || from.last != at || from.bytes != to.bytes) continue;
        from.last = to.last;
        to.bytes = 0;
        heir[*target] = heir[*source];
        break;
      }
    }
  }

  MemoryPlan summed() const {
    const std::size_t count = network_.layers.size();
    std::vector<std::int64_t> change(count + 2, 0);
    for (const Buffer& buffer : buffers_) {
      const std::int64_t bytes =
          std::min(buffer.bytes, count_limit / static_cast<std::int64_t>(buffers_.size() + 1));
      change[buffer.first] += bytes;
      change[std::min(buffer.last, count) + 1] -= bytes;
    }
    MemoryPlan plan{Bytes(0), 0, {}};
    plan.alive.reserve(count);
    std::int64_t alive = 0;
    for (std::size_t i = 0; i < count; ++i) {
      alive += change[i];
      plan.alive.emplace_back(alive);
      if (alive <= plan.peak.value) continue;
      plan.peak = Bytes(alive);
      plan.at_layer = i;
    }
    return plan;
  }

  const LayeredNetwork& network_;
  std::unordered_map<std::string_view, std::size_t> buffer_of_;
  std::vector<Buffer> buffers_;
};

}  // namespace

MemoryPlan plan_memory(const LayeredNetwork& network) {
  return Planner(network).plan();
}

}  // namespace forecost::layer
