// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "forecost/device/inputs.h"
#include "forecost/device/reference_ops.h"
#include "forecost/device/runner.h"
#include "forecost/network/reader.h"

namespace forecost::device::runners {
namespace {

using reference::Dense;

Result<network::Network> read(const Model& model) {
  if (model.bytes.empty()) return network::read(model.file);
  return network::read(std::as_bytes(std::span(model.bytes)), "model in memory");
}

Result<Dense> constant(const network::Tensor& tensor) {
  if (!tensor.values) {
    return Error{Fault::unsupported,
                 fmt::format("the tensor has more than {} elements or no plain numbers",
                             network::Tensor::kept_elements),
                 "initializer '" + tensor.name + "'", "use the reference runner on small networks only"};
  }
  Dense dense{tensor.dims, {}};
  std::visit([&](const auto& values) { dense.values.assign(values.begin(), values.end()); }, *tensor.values);
  return dense;
}

Result<Dense> generated_input(const InputSpec& spec) {
  FORECOST_TRY(const auto bytes, generated(spec));
  Dense dense{spec.shape, std::vector<double>(static_cast<std::size_t>(*network::elements_of(spec.shape)))};
  for (std::size_t i = 0; i < dense.values.size(); ++i) dense.values[i] = element_at(spec.element, bytes, i);
  return dense;
}

class PlainSession final : public Session {
 public:
  PlainSession(const System& system, network::Network network)
      : system_(system), network_(std::move(network)) {}

  /// Takes weights and makes inputs; refuses operators without loops.
  Status prepare(const Model& model) {
    const auto& graph = network_.graph;
    for (const auto& node : graph.nodes) {
      if (!node.domain.empty() || reference::find_operator(node.op) == nullptr) {
        return Error{Fault::unsupported, fmt::format("the reference runner has no loops for {}", node.op),
                     "node '" + node.name + "'", "use another runner"};
      }
    }
    for (const auto& tensor : graph.initializers) {
      FORECOST_TRY(auto dense, constant(tensor));
      fixed_.insert_or_assign(tensor.name, std::move(dense));
    }
    const auto bounds = index_bounds(graph);
    for (const auto& input : graph.inputs) {
      if (!input.dims) {
        return Error{Fault::unsupported, "it has no declared shape", "input '" + input.name + "'",
                     "export the network with input shapes"};
      }
      InputSpec spec{input.name, input.element, extents_of(*input.dims, model)};
      if (const auto bound = bounds.find(input.name); bound != bounds.end()) spec.below = bound->second;
      FORECOST_TRY(auto dense, generated_input(spec));
      fixed_.insert_or_assign(input.name, std::move(dense));
    }
    return Done{};
  }

  Status run() override {
    FORECOST_TRY([[maybe_unused]] auto times, timed_run());
    return Done{};
  }

  Result<std::vector<NodeTime>> timed_run() {
    computed_.clear();
    std::vector<NodeTime> times;
    for (const auto& node : network_.graph.nodes) {
      reference::Call call{node, {}, network_.opset("")};
      for (const auto& name : node.inputs) {
        const Dense* input = name.empty() ? nullptr : find(name);
        if (!name.empty() && input == nullptr) {
          return Error{Fault::bad_input, fmt::format("nothing computes its input '{}'", name),
                       "node '" + node.name + "'", "check the file with `forecost inspect`"};
        }
        call.inputs.push_back(input);
      }
      const Seconds start = system_.now();
      FORECOST_TRY(auto result, reference::find_operator(node.op)(call));
      times.push_back({node.name, node.op, system_.now() - start});
      if (!node.outputs.empty()) computed_.insert_or_assign(node.outputs.front(), std::move(result));
    }
    return times;
  }

  Result<std::vector<Output>> outputs() override {
    FORECOST_TRY([[maybe_unused]] auto ran, run());
    std::vector<Output> outputs;
    for (const auto& info : network_.graph.outputs) {
      const Dense* dense = find(info.name);
      if (dense == nullptr) {
        return Error{Fault::bad_input, "nothing computes it", "output '" + info.name + "'",
                     "check the file with `forecost inspect`"};
      }
      Output output{info.name, dense->shape, {}};
      for (const double value : dense->values) output.values.push_back(static_cast<float>(value));
      outputs.push_back(std::move(output));
    }
    return outputs;
  }

  Result<Study> end_study() override {
    return Error{Fault::unsupported, "the reference runner optimises nothing", "",
                 "use the onnxruntime runner"};
  }

 private:
  const Dense* find(const std::string& name) const {
    if (const auto found = computed_.find(name); found != computed_.end()) return &found->second;
    const auto found = fixed_.find(name);
    return found == fixed_.end() ? nullptr : &found->second;
  }

  const System& system_;
  network::Network network_;
  std::map<std::string, Dense> fixed_;     ///< weights and inputs
  std::map<std::string, Dense> computed_;  ///< of the last run
};

class Plain final : public Runner {
 public:
  explicit Plain(const System& system) : system_(system) {}

  Identity identity(const Settings& settings) const override {
    Identity identity = identify_processor(system_);
    identity.runtime = "reference";
    identity.runtime_version = "1";
    identity.provider = "plain loops";
    identity.settings = settings;
    return identity;
  }

  Result<std::unique_ptr<Session>> open(const Model& model, const SessionOptions& options) override {
    FORECOST_TRY(auto session, prepared(model, options));
    return std::unique_ptr<Session>(std::move(session));
  }

  Result<network::Network> optimised_graph(const Model& model, const SessionOptions&) override {
    return Error{Fault::unsupported, "the reference runner optimises nothing", model.file.string(),
                 "use the onnxruntime runner"};
  }

  Result<std::vector<std::vector<NodeTime>>> profile(const Model& model, const SessionOptions& options,
                                                     int warmup, int runs) override {
    FORECOST_EXPECTS(warmup >= 0 && runs >= 1, "at least one profiled run");
    FORECOST_TRY(auto session, prepared(model, options));
    std::vector<std::vector<NodeTime>> times;
    for (int i = 0; i < warmup + runs; ++i) {
      FORECOST_TRY(auto one, session->timed_run());
      if (i >= warmup) times.push_back(std::move(one));
    }
    return times;
  }

 private:
  Result<std::unique_ptr<PlainSession>> prepared(const Model& model, const SessionOptions& options) const {
    if (options.settings.threads != 1) {
      return Error{Fault::unsupported, "the reference runner has one thread", "device settings",
                   "ask for 1 thread"};
    }
    FORECOST_TRY(auto network, read(model));
    auto session = std::make_unique<PlainSession>(system_, std::move(network));
    FORECOST_TRY([[maybe_unused]] auto ready, session->prepare(model));
    return session;
  }

  const System& system_;
};

Result<std::unique_ptr<Runner>> open_reference(const System& system, const RunnerOptions&) {
  return std::unique_ptr<Runner>(std::make_unique<Plain>(system));
}

}  // namespace

RunnerCard reference();  // named by the list

RunnerCard reference() {
  return {"reference", "plain loops for small networks: checks other runners, measures nothing",
          open_reference};
}

}  // namespace forecost::device::runners
