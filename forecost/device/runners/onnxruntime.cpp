// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "forecost/device/onnxruntime_library.h"
#include "forecost/device/onnxruntime_profile.h"
#include "forecost/device/onnxruntime_session.h"
#include "forecost/device/runner.h"
#include "forecost/device/temp_folder.h"
#include "forecost/network/reader.h"

namespace forecost::device::runners {
namespace {

class OnnxRuntime final : public Runner {
 public:
  OnnxRuntime(const System& system, ort::Library library) : system_(system), library_(std::move(library)) {}

  Identity identity(const Settings& settings) const override {
    Identity identity = identify_processor(system_);
    identity.runtime = "onnxruntime";
    identity.runtime_version = library_.version;
    identity.runtime_build = library_.build;
    identity.provider = "CPUExecutionProvider";
    identity.settings = settings;
    return identity;
  }

  Result<std::unique_ptr<Session>> open(const Model& model, const SessionOptions& options) override {
    ort::Purpose purpose;
    if (options.study) {
      FORECOST_TRY(auto folder, TempFolder::make(system_));
      purpose.folder = std::make_shared<const TempFolder>(std::move(folder));
      purpose.optimised_file = purpose.folder->path() / "optimised.onnx";
      purpose.profile_prefix = purpose.folder->path() / "profile";
    }
    FORECOST_TRY(auto session, ort::OpenSession::open(library_, model, options, purpose));
    return std::unique_ptr<Session>(std::move(session));
  }

  Result<network::Network> optimised_graph(const Model& model, const SessionOptions& options) override {
    FORECOST_TRY(const auto folder, TempFolder::make(system_));
    const auto file = folder.path() / "optimised.onnx";
    FORECOST_TRY(
        [[maybe_unused]] const auto session,
        ort::OpenSession::load(library_, model, options, {.optimised_file = file, .prepack = false}));
    FORECOST_TRY(auto network, network::read(file));
    network.source = model.bytes.empty() ? model.file.string() : "model in memory";
    return network;
  }

  Result<std::vector<std::vector<NodeTime>>> profile(const Model& model, const SessionOptions& options,
                                                     int warmup, int runs) override {
    FORECOST_EXPECTS(warmup >= 0 && runs >= 1, "at least one profiled run");
    std::vector<std::vector<NodeTime>> times;
    while (times.size() < static_cast<std::size_t>(runs)) {
      const auto missing = runs - static_cast<int>(times.size());
      FORECOST_TRY(auto more, profiled(model, options, warmup, missing));
      if (more.empty()) {
        return Error{Fault::exhausted, "one run is longer than ONNX Runtime's profiler can keep",
                     model.file.string(), "profile with fewer warm-up runs"};
      }
      std::move(more.begin(), more.end(), std::back_inserter(times));
    }
    return times;
  }

 private:
  /// One profiled session; fewer runs than asked when the profiler's buffer fills up.
  Result<std::vector<std::vector<NodeTime>>> profiled(const Model& model, const SessionOptions& options,
                                                      int warmup, int runs) const {
    FORECOST_TRY(const auto folder, TempFolder::make(system_));
    FORECOST_TRY(auto session,
                 ort::OpenSession::open(library_, model, options, {.profile_prefix = folder.path() / "p"}));
    for (int i = 0; i < warmup + runs; ++i) {
      FORECOST_TRY([[maybe_unused]] auto ran, session->run());
    }
    FORECOST_TRY(const auto file, session->end_profiling());
    std::ifstream text(file);
    FORECOST_TRY(auto times, ort::read_profile(text));
    times.erase(times.begin(), times.begin() + std::min<std::ptrdiff_t>(warmup, std::ssize(times)));
    return times;
  }

  const System& system_;
  ort::Library library_;
};

Result<std::unique_ptr<Runner>> open_onnxruntime(const System& system, const RunnerOptions& options) {
  FORECOST_TRY(auto library, ort::load(system, options));
  return std::unique_ptr<Runner>(std::make_unique<OnnxRuntime>(system, std::move(library)));
}

}  // namespace

RunnerCard onnxruntime();  // named by the list

RunnerCard onnxruntime() {
  return {"onnxruntime", "ONNX Runtime's CPU provider, loaded from wherever you have it", open_onnxruntime};
}

}  // namespace forecost::device::runners
