// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/provenance.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>

namespace forecost::layer {
namespace {

using Index = std::size_t;

/// Producers and readers of the original graph.
struct Edges {
  std::map<std::string_view, Index> producer;
  std::map<std::string_view, std::vector<Index>> readers;

  explicit Edges(const LayeredNetwork& network) {
    for (Index i = 0; i < network.layers.size(); ++i) {
      for (const auto& name : network.layers[i].outputs) {
        if (!name.empty()) producer.emplace(name, i);
      }
      for (const auto& name : network.layers[i].inputs) {
        if (!name.empty()) readers[name].push_back(i);
      }
    }
  }
};

bool is_view(const Layer& layer) {
  static constexpr std::array views{"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};
  return std::ranges::find(views, layer.op) != views.end();
}

bool is_reorder(const Layer& layer) {
  return layer.op == "ReorderInput" || layer.op == "ReorderOutput";
}

/// Tensor in a name such as "conv1_nchwc", "bn_bn_nchwc" or "conv1_nchwc_token_3"; empty for other names.
std::vector<std::string> tensors_named_by(std::string_view node) {
  const auto token = node.rfind("_token_");
  if (token != std::string_view::npos) node = node.substr(0, token);
  std::vector<std::string> names;
  for (const std::string_view suffix : {"_bn_nchwc", "_nchwc"}) {
    if (node.ends_with(suffix)) names.emplace_back(node.substr(0, node.size() - suffix.size()));
  }
  return names;
}

class Tracer {
 public:
  Tracer(const LayeredNetwork& original, const LayeredNetwork& optimised)
      : original_(original), optimised_(optimised), edges_(original), owner_(original.layers.size()) {
    for (Index i = 0; i < original.layers.size(); ++i) {
      layers_.emplace(original.layers[i].name, i);
      for (const auto& name : original.layers[i].outputs) originals_.insert(name);
    }
    for (const auto& input : original.network.graph.inputs) originals_.insert(input.name);
  }

  std::vector<std::vector<std::string>> run() {
    for (const Layer& kernel : optimised_.layers) name_forward(kernel);
    for (auto kernel = optimised_.layers.rbegin(); kernel != optimised_.layers.rend(); ++kernel)
      name_backward(*kernel);
    for (const auto& [tensor, stop] : names_) stops_.insert(stop);
    for (Index i = 0; i < optimised_.layers.size(); ++i) claim(i);
    adopt_orphans();
    std::vector<std::vector<std::string>> result(optimised_.layers.size());
    for (Index i = 0; i < original_.layers.size(); ++i) {
      if (owner_[i]) result[*owner_[i]].push_back(original_.layers[i].name);
    }
    return result;
  }

 private:
  /// The tensor of the original graph with the same contents, in whatever layout.
  std::string_view original_name(std::string_view tensor) const {
    if (originals_.contains(tensor)) return tensor;
    const auto found = names_.find(tensor);
    return found == names_.end() ? std::string_view() : std::string_view(found->second);
  }

  void set_name(std::string_view tensor, std::string_view original) {
    if (!tensor.empty() && !original.empty() && original_name(tensor).empty()) {
      names_.emplace(std::string(tensor), std::string(original));
    }
  }

  /// The next layer when exactly one reads the tensor.
  std::optional<Index> only_reader(std::string_view tensor) const {
    const auto found = edges_.readers.find(tensor);
    if (found == edges_.readers.end() || found->second.size() != 1) return std::nullopt;
    return found->second.front();
  }

  void name_forward(const Layer& kernel) {
    if (kernel.outputs.empty() || !original_name(kernel.outputs[0]).empty()) return;
    if (is_reorder(kernel) || is_view(kernel)) {
      if (!kernel.inputs.empty()) set_name(kernel.outputs[0], original_name(kernel.inputs[0]));
      return;
    }
    for (const auto& tensor : tensors_named_by(kernel.name)) {
      if (!originals_.contains(tensor)) continue;
      set_name(kernel.outputs[0], after_sum(kernel, tensor));
      return;
    }
    const auto layer = layer_named(kernel.name);
    if (layer && original_.layers[*layer].outputs.size() == 1 && kernel.outputs.size() == 1) {
      set_name(kernel.outputs[0], original_.layers[*layer].outputs[0]);
      return;
    }
    name_by_structure(kernel);
  }

  /// The layer whose name the node kept, alone or before the name of a fusion that ends with it.
  std::optional<Index> layer_named(std::string_view node) const {
    constexpr std::string_view fusion = "/QuickGeluFusion/";
    if (node.ends_with(fusion)) node.remove_suffix(fusion.size());
    const auto found = layers_.find(node);
    if (found == layers_.end()) return std::nullopt;
    return found->second;
  }

  /// A convolution is named before a sum and an activation join it.
  std::string after_sum(const Layer& kernel, std::string tensor) const {
    if (kernel.op != "Conv" || kernel.inputs.size() < 4 || kernel.inputs[3].empty()) return tensor;
    const auto sum = only_reader(tensor);
    if (!sum || (original_.layers[*sum].op != "Add" && original_.layers[*sum].op != "Sum")) return tensor;
    tensor = original_.layers[*sum].outputs[0];
    const auto& node = optimised_.network.graph.nodes[kernel.node];
    const auto activation = only_reader(tensor);
    if (activation && original_.layers[*activation].op == node.string_or("activation", "")) {
      tensor = original_.layers[*activation].outputs[0];
    }
    return tensor;
  }

  /// The original layer with the same operator on the same inputs.
  void name_by_structure(const Layer& kernel) {
    if (kernel.inputs.empty()) return;
    const std::string_view first = original_name(kernel.inputs[0]);
    const auto found = edges_.readers.find(first);
    if (first.empty() || found == edges_.readers.end()) return;
    for (const Index reader : found->second) {
      const Layer& layer = original_.layers[reader];
      if (layer.op != kernel.op || layer.inputs.size() != kernel.inputs.size()) continue;
      const bool same = std::ranges::equal(layer.inputs, kernel.inputs, [&](const auto& a, const auto& b) {
        const std::string_view traced = original_name(b);
        return traced.empty() || traced == a;
      });
      if (!same) continue;
      for (Index i = 0; i < std::min(layer.outputs.size(), kernel.outputs.size()); ++i) {
        set_name(kernel.outputs[i], layer.outputs[i]);
      }
      return;
    }
  }

  /// A view or reorder whose result is known names its input: what the result's own view reads, or the result
  /// itself.
  void name_backward(const Layer& kernel) {
    if (kernel.inputs.empty() || kernel.outputs.empty() || !original_name(kernel.inputs[0]).empty()) return;
    if (!is_view(kernel) && !is_reorder(kernel)) return;
    const std::string_view result = original_name(kernel.outputs[0]);
    const auto producer = edges_.producer.find(result);
    if (result.empty() || producer == edges_.producer.end()) return;
    const Layer& layer = original_.layers[producer->second];
    const bool same = is_view(kernel) ? is_view(layer) : layer.op == "Transpose";
    set_name(kernel.inputs[0], same && !layer.inputs.empty() ? std::string_view(layer.inputs[0]) : result);
  }

  void claim(Index kernel) {
    const Layer& layer = optimised_.layers[kernel];
    std::vector<std::string_view> open;
    for (const auto& output : layer.outputs) {
      const std::string_view name = original_name(output);
      if (name.empty()) continue;
      const bool passes_on = !layer.inputs.empty() && original_name(layer.inputs[0]) == name;
      if (!passes_on) open.push_back(name);
    }
    const std::set<std::string_view> starts(open.begin(), open.end());
    while (!open.empty()) {
      const std::string_view tensor = open.back();
      open.pop_back();
      const auto producer = edges_.producer.find(tensor);
      if (producer == edges_.producer.end()) continue;
      const Index i = producer->second;
      if (owner_[i] || original_.layers[i].folded) continue;
      owner_[i] = kernel;
      for (const auto& input : original_.layers[i].inputs) {
        if (!is_stop(input) && !starts.contains(input)) open.push_back(input);
      }
    }
  }

  /// A tensor that some kernel writes: the walk back ends there.
  bool is_stop(const std::string& tensor) const {
    return tensor.empty() || stops_.contains(tensor) || optimised_.tensor(tensor) != nullptr;
  }

  /// Layers between kernels that no name delimits go to the kernel that reads them, else to the one they
  /// read.
  void adopt_orphans() {
    for (Index i = original_.layers.size(); i-- > 0;) {
      if (owner_[i] || original_.layers[i].folded) continue;
      for (const auto& output : original_.layers[i].outputs) {
        const auto found = edges_.readers.find(output);
        if (found == edges_.readers.end()) continue;
        for (const Index reader : found->second) {
          if (!owner_[i]) owner_[i] = owner_[reader];
        }
      }
    }
    for (Index i = 0; i < original_.layers.size(); ++i) {
      if (owner_[i] || original_.layers[i].folded) continue;
      for (const auto& input : original_.layers[i].inputs) {
        const auto found = edges_.producer.find(input);
        if (found != edges_.producer.end() && !owner_[i]) owner_[i] = owner_[found->second];
      }
      if (!owner_[i] && !optimised_.layers.empty()) owner_[i] = 0;
    }
  }

  const LayeredNetwork& original_;
  const LayeredNetwork& optimised_;
  Edges edges_;
  std::vector<std::optional<Index>> owner_;
  std::map<std::string_view, Index> layers_;
  std::set<std::string, std::less<>> originals_;
  std::map<std::string, std::string, std::less<>>
      names_;  ///< tensor of the optimised graph -> original tensor
  std::set<std::string, std::less<>> stops_;
};

}  // namespace

std::vector<std::vector<std::string>> trace_layers(const LayeredNetwork& original,
                                                   const LayeredNetwork& optimised) {
  return Tracer(original, optimised).run();
}

}  // namespace forecost::layer
