// SPDX-License-Identifier: Apache-2.0
#include "trainer/trainable_network.h"

#include <algorithm>
#include <set>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "forecost/numeric/random.h"
#include "trainer/constant.h"

namespace forecost::trainer {
namespace {

using network::Graph;
using network::Node;

/// A last Softmax is part of the loss.
std::string logits_name(const Graph& graph) {
  const std::string& output = graph.outputs.front().name;
  for (const Node& node : graph.nodes) {
    const bool last = !node.outputs.empty() && node.outputs.front() == output;
    if (last && (node.op == "Softmax" || node.op == "LogSoftmax")) return node.inputs.front();
  }
  return output;
}

at::Tensor normal_tensor(const network::Shape& shape, double deviation, numeric::Random random) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(deviation * random.normal());
  return tensor;
}

std::int64_t written_batch(const Graph& graph) {
  const auto& dims = graph.inputs.front().dims;
  return dims && !dims->empty() ? dims->front().extent.value_or(1) : 1;
}

}  // namespace

Result<TrainableNetwork> TrainableNetwork::make(const network::Network& network, std::uint64_t seed) {
  if (network.graph.inputs.size() != 1 || network.graph.outputs.size() != 1) {
    return Error{Fault::unsupported, "the network has not one input and one output", network.source,
                 "train networks that classify images"};
  }
  TrainableNetwork made;
  made.network_ = std::make_unique<network::Network>(network);
  made.written_batch_ = written_batch(network.graph);
  made.dice_ = at::make_generator<at::CPUGeneratorImpl>(numeric::mix(seed));
  FORECOST_TRY([[maybe_unused]] const Done constants, made.add_constants(seed));
  FORECOST_TRY([[maybe_unused]] const Done compiled, made.compile());
  return made;
}

std::size_t TrainableNetwork::slot(const std::string& name) {
  if (name.empty()) return none;
  const auto found = slots_.try_emplace(name, constants_.size());
  if (found.second) constants_.emplace_back();
  return found.first->second;
}

Status TrainableNetwork::add_constants(std::uint64_t seed) {
  const std::map<std::string, Start> starts = starts_of(network_->graph);
  const numeric::Random random(seed);
  std::uint64_t stream = 0;
  for (const network::Tensor& tensor : network_->graph.initializers) {
    const Start& start = starts.at(tensor.name);
    ++stream;
    at::Tensor& place = constants_[slot(tensor.name)];
    try {
      if (start.role == Role::constant) {
        place = tensor_of(tensor);
      } else if (start.deviation > 0) {
        place = normal_tensor(tensor.dims, start.deviation, random.fork(stream));
      } else {
        place = at::full(tensor.dims, start.value, at::TensorOptions(at::kFloat));
      }
    } catch (const Untrainable& problem) {
      return Error{Fault::unsupported, problem.what(), network_->source,
                   "write the network with its constants"};
    }
    if (!start.learned()) continue;
    place.set_requires_grad(true);
    learned_[tensor.name] = place;
  }
  return Done{};
}

Status TrainableNetwork::compile() {
  const Graph& graph = network_->graph;
  input_ = slot(graph.inputs.front().name);
  const std::string wanted = logits_name(graph);
  for (const Node& node : graph.nodes) {
    const Op op = node.domain.empty() || node.domain == "ai.onnx" ? find_op(node.op) : nullptr;
    if (op == nullptr) {
      return Error{Fault::unsupported, fmt::format("the trainer has no operator {}", node.op),
                   node.name.empty() ? network_->source : node.name,
                   "use other layers, or train with a program of yours: [objective] command"};
    }
    Step step{&node, op, {}, {}, {}};
    for (const std::string& input : node.inputs) step.inputs.push_back(slot(input));
    for (const std::string& output : node.outputs) step.outputs.push_back(slot(output));
    steps_.push_back(std::move(step));
    if (!node.outputs.empty() && node.outputs.front() == wanted) break;
  }
  output_ = slot(wanted);
  mark_last_uses();
  return Done{};
}

void TrainableNetwork::mark_last_uses() {
  std::set<std::size_t> later{output_};
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    for (const auto* list : {&step->inputs, &step->outputs}) {
      for (const std::size_t used : *list) {
        if (used != none && !constants_[used].defined() && later.insert(used).second)
          step->last.push_back(used);
      }
    }
  }
}

at::Tensor TrainableNetwork::logits(const at::Tensor& input, Mode mode) {
  std::vector<at::Tensor> values = constants_;
  values[input_] = input;
  for (const Step& step : steps_) {
    Call call{*step.node, {}, network_->opset(""), mode, written_batch_, dice_};
    for (const std::size_t used : step.inputs) {
      call.inputs.push_back(used == none ? at::Tensor() : values[used]);
    }
    std::vector<at::Tensor> results = step.op(call);
    for (std::size_t i = 0; i < step.outputs.size() && i < results.size(); ++i) {
      if (step.outputs[i] != none) values[step.outputs[i]] = std::move(results[i]);
    }
    for (const std::size_t dead : step.last) values[dead].reset();
  }
  return values[output_];
}

std::int64_t TrainableNetwork::parameters() const {
  std::int64_t count = 0;
  for (const auto& item : learned_) count += item.second.numel();
  return count;
}

bool TrainableNetwork::takes_flat() const {
  const auto& dims = network_->graph.inputs.front().dims;
  return dims && dims->size() == 2;
}

network::Network TrainableNetwork::with_weights() const {
  network::Network written = *network_;
  for (network::Tensor& tensor : written.graph.initializers) {
    const at::Tensor& value = constants_[slots_.at(tensor.name)];
    if (value.scalar_type() != at::kFloat) continue;
    const at::Tensor flat = value.detach().contiguous();
    const auto* first = flat.data_ptr<float>();
    tensor.element = network::ElementType::float32;
    tensor.values = std::vector<double>(first, first + flat.numel());
    tensor.fill = {};
  }
  return written;
}

}  // namespace forecost::trainer
