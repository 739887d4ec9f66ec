// SPDX-License-Identifier: Apache-2.0
#include "eager/eager_network.h"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include "eager/contents.h"
#include "forecost/device/inputs.h"
#include "trainer/roles.h"

namespace forecost::eager {
namespace {

using network::Node;

/// Inputs that say shapes, axes and the like: they stay on the processor, which reads them.
bool is_parameter(const Node& node, std::size_t input) {
  static const std::set<std::string, std::less<>> after_first = {
      "Reshape",   "Slice",     "Squeeze",         "Unsqueeze", "Expand",    "Pad",       "Tile",
      "Split",     "Resize",    "Upsample",        "TopK",      "CumSum",    "ReduceSum", "ReduceMean",
      "ReduceMax", "ReduceMin", "ReduceSumSquare", "Clip",      "ReduceProd"};
  return node.op == "ConstantOfShape" || (input > 0 && after_first.contains(node.op));
}

std::int64_t written_batch(const network::Graph& graph) {
  if (graph.inputs.empty()) return 1;
  const auto& dims = graph.inputs.front().dims;
  return dims && !dims->empty() ? dims->front().extent.value_or(1) : 1;
}

}  // namespace

Result<EagerNetwork> EagerNetwork::make(layer::LayeredNetwork network, const EagerOptions& options) {
  const std::string source = network.network.source;
  EagerNetwork made;
  made.network_ = std::make_unique<layer::LayeredNetwork>(std::move(network));
  made.options_ = options;
  made.written_batch_ = written_batch(made.network_->network.graph);
  made.dice_ = at::make_generator<at::CPUGeneratorImpl>(1);
  try {
    made.add_constants();
    made.add_inputs();
    made.compile();
  } catch (const std::exception& problem) {
    const std::string_view words = problem.what();
    return Error{Fault::unsupported, std::string(words.substr(0, words.find('\n'))), source,
                 "use --runner onnxruntime, or other layers"};
  }
  return made;
}

std::size_t EagerNetwork::slot(const std::string& name) {
  if (name.empty()) return none;
  const auto found = slots_.try_emplace(name, kept_.size());
  if (found.second) kept_.emplace_back();
  return found.first->second;
}

at::Tensor EagerNetwork::placed(const at::Tensor& tensor, const std::string& name) const {
  if (tensor.is_floating_point()) return tensor.to(options_.device, options_.number);
  for (const Node& node : network_->network.graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == name && is_parameter(node, i)) return tensor;
    }
  }
  return tensor.to(options_.device);
}

void EagerNetwork::add_constants() {
  const network::Graph& graph = network_->network.graph;
  const auto starts = trainer::starts_of(graph);
  std::uint64_t seed = 0;
  for (const network::Tensor& tensor : graph.initializers) {
    const trainer::Start& start = starts.at(tensor.name);
    at::Tensor& place = kept_[slot(tensor.name)];
    place = placed(contents(tensor, start, ++seed), tensor.name);
    if (!options_.learns || !start.learned() || !place.is_floating_point()) continue;
    place = place.detach().set_requires_grad(true);
    learned_.push_back(place);
  }
}

void EagerNetwork::add_inputs() {
  const network::Graph& graph = network_->network.graph;
  const auto bounds = device::index_bounds(graph);
  for (const network::ValueInfo& input : graph.inputs) {
    const layer::TensorFact* fact = network_->tensor(input.name);
    if (fact == nullptr) throw trainer::Untrainable("input '" + input.name + "' has no shape");
    device::InputSpec spec{input.name, fact->element, fact->shape};
    if (const auto bound = bounds.find(input.name); bound != bounds.end()) spec.below = bound->second;
    const Result<std::vector<std::byte>> bytes = device::generated(spec);
    if (!bytes) throw trainer::Untrainable(to_string(bytes.error()));
    kept_[slot(input.name)] = placed(from_bytes(spec.element, spec.shape, *bytes), input.name);
  }
}

void EagerNetwork::compile() {
  const at::NoGradGuard no_gradients;
  const network::Graph& graph = network_->network.graph;
  for (std::size_t i = 0; i < network_->layers.size(); ++i) {
    const layer::Layer& layer = network_->layers[i];
    const Node& node = graph.nodes[layer.node];
    const trainer::Op op =
        layer.domain.empty() || layer.domain == "ai.onnx" ? trainer::find_op(layer.op) : nullptr;
    if (op == nullptr)
      throw trainer::Untrainable(fmt::format("forecost-torch has no operator {} ({})", layer.op, layer.name));
    Step step{i, op, {}, {}, {}};
    for (const std::string& input : node.inputs) step.inputs.push_back(slot(input));
    for (const std::string& output : node.outputs) step.outputs.push_back(slot(output));
    if (layer.folded) {
      run(step, kept_);
      for (std::size_t o = 0; o < node.outputs.size(); ++o) {
        if (step.outputs[o] == none || !kept_[step.outputs[o]].defined()) continue;
        kept_[step.outputs[o]] = placed(kept_[step.outputs[o]], node.outputs[o]);
      }
    } else {
      steps_.push_back(std::move(step));
    }
  }
  for (const network::ValueInfo& output : graph.outputs) outputs_.push_back(slot(output.name));
  mark_last_uses();
}

void EagerNetwork::mark_last_uses() {
  std::set<std::size_t> later(outputs_.begin(), outputs_.end());
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    for (const auto* list : {&step->inputs, &step->outputs}) {
      for (const std::size_t used : *list) {
        if (used != none && !kept_[used].defined() && later.insert(used).second) step->last.push_back(used);
      }
    }
  }
}

void EagerNetwork::run(const Step& step, std::vector<at::Tensor>& values) const {
  const layer::Layer& layer = network_->layers[step.layer];
  trainer::Call call{network_->network.graph.nodes[layer.node],
                     {},
                     network_->network.opset(""),
                     options_.learns ? trainer::Mode::learning : trainer::Mode::judged,
                     written_batch_,
                     dice_};
  for (const std::size_t used : step.inputs)
    call.inputs.push_back(used == none ? at::Tensor() : values[used]);
  std::vector<at::Tensor> results;
  try {
    results = step.op(call);
  } catch (const std::exception& problem) {
    const std::string_view words = problem.what();
    throw trainer::Untrainable(
        fmt::format("{} ({}): {}", layer.name, layer.op, words.substr(0, words.find('\n'))));
  }
  for (std::size_t i = 0; i < step.outputs.size() && i < results.size(); ++i) {
    if (step.outputs[i] == none) continue;
    at::Tensor& result = results[i];
    if (result.is_floating_point() && result.scalar_type() != options_.number)
      result = result.to(options_.number);
    values[step.outputs[i]] = std::move(result);
  }
}

std::vector<at::Tensor> EagerNetwork::forward(const LayerEnd& layer_end) const {
  std::vector<at::Tensor> values = kept_;
  for (const Step& step : steps_) {
    run(step, values);
    for (const std::size_t dead : step.last) values[dead].reset();
    if (layer_end) layer_end(step.layer);
  }
  std::vector<at::Tensor> results;
  for (const std::size_t output : outputs_) results.push_back(values[output]);
  return results;
}

at::Tensor EagerNetwork::loss(const std::vector<at::Tensor>& outputs) {
  const at::Tensor& first = outputs.front();
  if (first.dim() == 2 && first.size(1) > 1 && outputs.size() == 1) {
    const at::Tensor classes = at::arange(first.size(0), at::TensorOptions(at::kLong).device(first.device()))
                                   .remainder(first.size(1));
    return at::cross_entropy_loss(first.to(at::kFloat), classes);
  }
  at::Tensor sum = at::zeros({}, at::TensorOptions(at::kFloat).device(first.device()));
  for (const at::Tensor& output : outputs) {
    if (output.requires_grad()) sum = sum + output.to(at::kFloat).square().mean();
  }
  return sum;
}

std::vector<device::Output> EagerNetwork::named(const std::vector<at::Tensor>& outputs) const {
  std::vector<device::Output> named;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const at::Tensor flat = outputs[i].detach().to(at::kCPU, at::kFloat).contiguous();
    const auto* first = flat.data_ptr<float>();
    named.push_back({network_->network.graph.outputs[i].name, outputs[i].sizes().vec(),
                     std::vector<float>(first, first + flat.numel())});
  }
  return named;
}

}  // namespace forecost::eager
