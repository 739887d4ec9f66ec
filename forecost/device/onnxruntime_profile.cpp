// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/onnxruntime_profile.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace forecost::device::ort {
namespace {

using nlohmann::json;

class Runs {
 public:
  void take(const json& event) {
    const auto category = event.value("cat", std::string());
    auto name = event.value("name", std::string());
    if (category == "Session" && name == "model_run") {
      complete_.push_back(std::exchange(current_, {}));
      return;
    }
    constexpr std::string_view suffix = "_kernel_time";
    if (category != "Node" || !name.ends_with(suffix)) return;
    name.resize(name.size() - suffix.size());
    NodeTime node;
    node.node = std::move(name);
    if (const auto args = event.find("args"); args != event.end() && args->is_object()) {
      node.op = args->value("op_name", std::string());
    }
    node.time = from_microseconds(event.value("dur", 0.0) + 0.5);
    current_.push_back(std::move(node));
  }

  std::vector<std::vector<NodeTime>> complete() && { return std::move(complete_); }

 private:
  std::vector<std::vector<NodeTime>> complete_;
  std::vector<NodeTime> current_;
};

Error not_a_profile(const char* what) {
  return {Fault::failed, fmt::format("ONNX Runtime's profile cannot be read: {}", what), "profile",
          "try a release of ONNX Runtime between 1.16 and 1.32"};
}

}  // namespace

Result<std::vector<std::vector<NodeTime>>> read_profile(std::istream& text) {
  Runs runs;
  const auto one_event = [&runs](int depth, json::parse_event_t kind, json& value) {
    if (depth != 1 || kind != json::parse_event_t::object_end) return true;
    runs.take(value);
    return false;  // the event is not kept in the tree
  };
  try {
    const auto tree = json::parse(text, one_event);
    if (!tree.is_array()) return not_a_profile("it is not an array of events");
  } catch (const json::exception& error) {
    return not_a_profile(error.what());
  }
  return std::move(runs).complete();
}

}  // namespace forecost::device::ort
