// SPDX-License-Identifier: Apache-2.0
/// A network inside ONNX Runtime, ready to run with generated inputs.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "forecost/device/onnxruntime_library.h"
#include "forecost/device/runner.h"
#include "forecost/device/temp_folder.h"
#include "forecost/outcome/outcome.h"

struct OrtSession;
struct OrtValue;

namespace forecost::device::ort {

/// What a session is opened for, beside running.
struct Purpose {
  std::filesystem::path optimised_file{};  ///< not empty: write the optimised graph there, weights beside it
  std::filesystem::path profile_prefix{};  ///< not empty: profile every run into a file of this prefix
  std::shared_ptr<const TempFolder> folder{};  ///< kept alive as long as the session, for the files above
  bool prepack = true;  ///< false: weights stay as they are; faster to load, slower to run
};

/// Session settings: `threads` intra-op threads, one inter-op, sequential, spinning only inside a run; arena
/// and memory pattern at the runtime's defaults; core i of `settings.cores` for thread i. run() pins the
/// calling thread (thread 0) unless it already is, passes prepared inputs and lets the runtime allocate the
/// outputs, as a user's call does.
class OpenSession final : public Session {
 public:
  /// Loads the model and generates its inputs. Fails with the runtime's message; `bad_input` when the number
  /// of `settings.cores` is neither 0 nor `settings.threads`.
  static Result<std::unique_ptr<OpenSession>> open(const Library& library, const Model& model,
                                                   const SessionOptions& options,
                                                   const Purpose& purpose = {});
  /// Loads (and so optimises and writes) the model without inputs; run() must not be called.
  static Result<std::unique_ptr<OpenSession>> load(const Library& library, const Model& model,
                                                   const SessionOptions& options, const Purpose& purpose);
  /// Takes what load() made; call load() or open() instead.
  OpenSession(const Library& library, Owned<OrtEnv> env, Owned<OrtSession> session, std::vector<int> cores);
  ~OpenSession() override;

  Status run() override;
  Result<std::vector<Output>> outputs() override;

  Result<Study> end_study() override;
  void keep(const Purpose& purpose) { purpose_ = purpose; }

  /// Ends profiling and says which file was written.
  Result<std::filesystem::path> end_profiling();

 private:
  Status name_outputs();
  Status make_inputs(const Model& model);
  Status make_input(std::size_t index, const Model& model,
                    const std::map<std::string, std::int64_t, std::less<>>& bounds);
  void release_results();

  const OrtApi& api_;
  Owned<OrtEnv> env_;
  Owned<OrtSession> session_;
  std::vector<int> cores_;
  Purpose purpose_;
  std::vector<std::string> input_names_, output_names_;
  std::vector<const char*> input_keys_, output_keys_;  ///< point into the names
  std::vector<Owned<OrtValue>> inputs_;
  std::vector<const OrtValue*> input_values_;
  std::vector<OrtValue*> results_;  ///< null except while a run's results are looked at
};

}  // namespace forecost::device::ort
