// SPDX-License-Identifier: Apache-2.0
/// A runner that runs nothing: its sessions let time pass on a made-up machine as their script says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/measurement/measure.h"
#include "forecost/network/builder.h"
#include "tests/measurement/made_up_machine.h"

namespace forecost::measurement::made_up {

/// What happens when a network is run for the n-th time, from 0; profiled runs count too.
using Script = std::function<Status(int run)>;

class ScriptedRunner final : public device::Runner {
 public:
  explicit ScriptedRunner(Machine& machine) : machine_(machine) {}

  std::map<std::string, Script> scripts;  ///< by the bytes of the model; without one, opening fails
  std::vector<std::string> runs;          ///< models in the order in which they ran unprofiled

  /// Every run takes this long.
  void always(const std::string& name, Seconds time) {
    scripts[name] = [this, time](int) -> Status {
      machine_.work(time);
      return Done{};
    };
  }

  device::Identity identity(const device::Settings& settings) const override {
    return {.name = "scripted", .runtime = "onnxruntime", .settings = settings};
  }
  Result<std::unique_ptr<device::Session>> open(const device::Model& model,
                                                const device::SessionOptions&) override {
    const std::string name(model.bytes);
    const auto script = scripts.find(name);
    if (script == scripts.end())
      return Error{Fault::failed, "the runtime refuses the network", name, "there is no script for it"};
    return std::unique_ptr<device::Session>(std::make_unique<ScriptedSession>(*this, name, script->second));
  }
  Result<network::Network> optimised_graph(const device::Model&, const device::SessionOptions&) override {
    return Error{Fault::unsupported, "a scripted runner has no graph", "", "open a session and study it"};
  }
  Result<std::vector<std::vector<device::NodeTime>>> profile(const device::Model&,
                                                             const device::SessionOptions&, int,
                                                             int) override {
    return Error{Fault::unsupported, "a scripted runner has no profile", "", "open a session and study it"};
  }

  /// Two Relu in a row. The profile gives the first a quarter of each run and the second three.
  static network::Network network() {
    network::Builder builder("two");
    builder.output(builder.relu(builder.relu(builder.input("x", {1, 16}))));
    return builder.finish();
  }
  static Item item(const std::string& name) {
    Item item{.name = name};
    item.group = item.bytes = name;
    item.network = network();
    return item;
  }

 private:
  class ScriptedSession final : public device::Session {
   public:
    ScriptedSession(ScriptedRunner& runner, std::string name, Script script)
        : runner_(runner), name_(std::move(name)), script_(std::move(script)), graph_(network()) {}

    Status run() override {
      const Seconds start = runner_.machine_.process_cpu_time();
      FORECOST_TRY([[maybe_unused]] const auto done, script_(count_++));
      const Seconds time = runner_.machine_.process_cpu_time() - start;
      if (!studied_) {
        const auto& nodes = graph_.graph.nodes;
        seen_.push_back(
            {{nodes[0].name, nodes[0].op, time * 0.25}, {nodes[1].name, nodes[1].op, time * 0.75}});
      } else {
        runner_.runs.push_back(name_);
      }
      return Done{};
    }
    Result<std::vector<device::Output>> outputs() override { return std::vector<device::Output>{}; }
    Result<device::Study> end_study() override {
      studied_ = true;
      return device::Study{.graph = graph_, .runs = seen_};
    }

   private:
    ScriptedRunner& runner_;
    std::string name_;
    Script script_;
    network::Network graph_;
    int count_ = 0;
    bool studied_ = false;
    std::vector<std::vector<device::NodeTime>> seen_;
  };

  Machine& machine_;
};

}  // namespace forecost::measurement::made_up
