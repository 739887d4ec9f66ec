// SPDX-License-Identifier: Apache-2.0
// Memory that activations hold: which tensors share a buffer (PlannerImpl in
// onnxruntime/core/framework/allocation_planner.cc, 1.32), and where the arena puts the buffers.
#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "forecost/layer/memory.h"
#include "forecost/layer/onnxruntime/arena.h"
#include "forecost/layer/onnxruntime/passes.h"
#include "forecost/layer/rule_parts.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

/// Kernels registered with MayInplace(0, 0): core/providers/cpu/activation/activations.cc. Arithmetic is not;
/// its results take over freed buffers of the same shape.
constexpr std::array<std::string_view, 10> in_place{"Elu",  "HardSigmoid",    "LeakyRelu", "Relu",
                                                    "Selu", "Sigmoid",        "Softplus",  "Softsign",
                                                    "Tanh", "ThresholdedRelu"};

constexpr std::size_t residual_input = 3;  ///< of a blocked Conv: written over by the sum

struct Buffer {
  std::int64_t bytes;
  std::size_t last;  ///< layer after which nobody needs it
  bool is_output;    ///< of the graph: outside of the pattern, kept until the run ends
  Shape shape;
  ElementType element;
};

/// What the runtime decides before the first run. Buffers are reused by tensors of the same shape and type
/// alone, which keeps a buffer of every shape alive from its first use to its last.
class AllocationPlan {
 public:
  struct Step {
    std::vector<std::size_t> made;
    std::vector<std::size_t> freed;
  };

  std::vector<Step> steps;  ///< by layer
  std::vector<Buffer> buffers;

  explicit AllocationPlan(const LayeredNetwork& graph) : steps(graph.layers.size()), graph_(graph) {
    for (const auto& input : graph.network.graph.inputs) from_outside_.insert(input.name);
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      if (graph.layers[i].folded) continue;
      for (const std::string& name : graph.layers[i].inputs) last_use_[name] = i;
    }
    for (const auto& output : graph.network.graph.outputs) {
      last_use_[output.name] = graph.layers.size();
      outputs_.insert(output.name);
    }
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      if (!graph.layers[i].folded) place(i);
    }
    for (std::size_t b = 0; b < buffers.size(); ++b) {
      if (buffers[b].last < steps.size()) steps[buffers[b].last].freed.push_back(b);
    }
  }

 private:
  void place(std::size_t at) {
    const Layer& layer = graph_.layers[at];
    for (std::size_t o = 0; o < layer.outputs.size(); ++o) {
      const std::string& name = layer.outputs[o];
      const TensorFact* fact = name.empty() ? nullptr : graph_.tensor(name);
      if (fact == nullptr || fact->constant || fact->bytes().value == 0) continue;
      const bool view = o == 0 && layer.domain.empty() && is_view(layer.op);
      if (view && from_outside_.count(layer.inputs.front()) != 0) {
        from_outside_.insert(name);
        continue;
      }
      const std::size_t buffer = buffer_for(layer, at, o, *fact, view);
      const auto last = last_use_.find(name);
      buffers[buffer].last = std::max(buffers[buffer].last, last == last_use_.end() ? at : last->second);
      buffers[buffer].is_output = buffers[buffer].is_output || outputs_.count(name) != 0;
      buffer_of_[name] = buffer;
    }
    release(layer, at);
  }

  std::size_t buffer_for(const Layer& layer, std::size_t at, std::size_t output, const TensorFact& fact,
                         bool view) {
    if (view) {
      if (const auto found = buffer_of_.find(layer.inputs.front()); found != buffer_of_.end()) {
        return found->second;
      }
    }
    if (output == 0 && layer.domain.empty() &&
        std::find(in_place.begin(), in_place.end(), layer.op) != in_place.end()) {
      const std::size_t found = ending_here(layer.inputs.front(), at, fact);
      if (found < buffers.size()) return found;
    }
    if (layer.domain == blocked_layout && layer.inputs.size() > residual_input) {
      const std::size_t found = ending_here(layer.inputs[residual_input], at, fact);
      if (found < buffers.size()) return found;
    }
    const bool leaves = outputs_.count(layer.outputs[output]) != 0;
    const auto free = leaves || fact.shape.empty()
                          ? free_.end()
                          : std::find_if(free_.begin(), free_.end(), [&](std::size_t b) {
                              return buffers[b].shape == fact.shape && buffers[b].element == fact.element;
                            });
    if (free != free_.end()) {
      const std::size_t found = *free;
      free_.erase(free);
      return found;
    }
    buffers.push_back({fact.bytes().value, at, false, fact.shape, fact.element});
    steps[at].made.push_back(buffers.size() - 1);
    return buffers.size() - 1;
  }

  /// The buffer of a tensor of this shape that is used here for the last time; else past the end.
  std::size_t ending_here(const std::string& name, std::size_t at, const TensorFact& fact) const {
    const auto found = buffer_of_.find(name);
    const TensorFact* own = found == buffer_of_.end() ? nullptr : graph_.tensor(name);
    if (own == nullptr || own->shape != fact.shape || own->element != fact.element) return buffers.size();
    const Buffer& buffer = buffers[found->second];
    return buffer.last == at && !buffer.is_output ? found->second : buffers.size();
  }

  void release(const Layer& layer, std::size_t at) {
    std::set<std::size_t> used;
    for (const auto* names : {&layer.inputs, &layer.outputs}) {
      for (const std::string& name : *names) {
        if (const auto found = buffer_of_.find(name); found != buffer_of_.end()) used.insert(found->second);
      }
    }
    for (const std::size_t b : used) {
      if (buffers[b].last == at && !buffers[b].is_output) free_.push_front(b);
    }
  }

  const LayeredNetwork& graph_;
  std::set<std::string_view> from_outside_, outputs_;
  std::unordered_map<std::string_view, std::size_t> last_use_, buffer_of_;
  std::list<std::size_t> free_;  ///< most recently freed first
};

/// Largest scratch memory first come, by layer: kernels are the layers that were not folded, in order.
std::vector<std::int64_t> scratch_of(const LoweredNetwork& lowered) {
  std::vector<std::int64_t> scratch(lowered.graph.layers.size(), 0);
  std::size_t kernel = 0;
  for (std::size_t i = 0; i < scratch.size() && kernel < lowered.kernels.size(); ++i) {
    if (!lowered.graph.layers[i].folded) scratch[i] = lowered.kernels[kernel++].workspace.value;
  }
  return scratch;
}

class Replay {
 public:
  Replay(const AllocationPlan& plan, std::vector<std::int64_t> scratch)
      : plan_(plan), scratch_(std::move(scratch)) {}

  void run() {
    const bool patterned = pattern_.size() > 0;
    std::map<std::size_t, Arena::Address> held;
    const Arena::Address block = patterned ? arena_.allocate(pattern_.size()) : Arena::Address{};
    for (std::size_t at = 0; at < plan_.steps.size(); ++at) {
      for (const std::size_t b : plan_.steps[at].made) {
        const Buffer& buffer = plan_.buffers[b];
        if (!patterned || buffer.is_output) held[b] = arena_.allocate(buffer.bytes);
        if (!patterned && !buffer.is_output) pattern_.allocate(b, buffer.bytes);
      }
      if (scratch_[at] > 0) arena_.free(arena_.allocate(scratch_[at]));
      for (const std::size_t b : plan_.steps[at].freed) release(b, patterned, held);
    }
    if (patterned) arena_.free(block);
    for (const auto& [buffer, address] : held) arena_.free(address);
  }

  Bytes resident() const { return arena_.resident(); }

 private:
  void release(std::size_t buffer, bool patterned, std::map<std::size_t, Arena::Address>& held) {
    if (const auto found = held.find(buffer); found != held.end()) {
      arena_.free(found->second);
      held.erase(found);
    }
    if (!patterned) pattern_.free(buffer);
  }

  const AllocationPlan& plan_;
  std::vector<std::int64_t> scratch_;
  Arena arena_;
  MemoryPattern pattern_;
};

}  // namespace

Bytes resident_of(const LoweredNetwork& lowered) {
  constexpr Bytes most{std::int64_t{1} << 44};  // beyond any machine, and far from overflow
  const Bytes planned = plan_memory(lowered.graph).peak;
  if (planned > most) return planned;
  const AllocationPlan plan(lowered.graph);
  Replay replay(plan, scratch_of(lowered));
  constexpr int runs = 3;  // one by one, then by the pattern; nothing is new after the second
  for (int i = 0; i < runs; ++i) replay.run();
  return replay.resident();
}

}  // namespace forecost::layer::onnxruntime_rules
