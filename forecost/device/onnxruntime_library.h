// SPDX-License-Identifier: Apache-2.0
/// Finds and loads ONNX Runtime's shared library: the user's own build is what gets measured.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"

struct OrtApi;
struct OrtEnv;
struct OrtStatus;

namespace forecost::device::ort {

/// A loaded library. It is never unloaded (its thread-local state does not survive that), so `api` stays
/// valid.
struct Library {
  const OrtApi* api = nullptr;
  std::filesystem::path file;          ///< what was loaded
  std::string version;                 ///< "1.32.0"
  std::string build;                   ///< the commit of its build, or its whole build text
  std::vector<std::string> providers;  ///< compiled in, best first
};

/// An object of the C API, released when it goes.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

/// Folders and files where the library may be, in order of preference, whether they exist or not:
/// $FORECOST_ONNXRUNTIME alone if set; else the Python environments ($VIRTUAL_ENV, $CONDA_PREFIX, a `venv`
/// beside the program's folder or in ./build, the user's and the system's site-packages) and, last, the
/// system's library folders.
std::vector<std::filesystem::path> places(const System& system);

/// Loads the first library that works, from `options.library` or `places`.
/// Fails: `not_found` with all places searched; `failed` when an explicitly named library does not load;
/// `unsupported` when it is older than C API 16 (ONNX Runtime 1.16).
Result<Library> load(const System& system, const RunnerOptions& options);

/// Frees the status; its message becomes the Error's, under `where`.
Status check(const OrtApi& api, OrtStatus* status, std::string where);

/// The process-wide environment: silent, telemetry off. The library counts references to one object.
Result<Owned<OrtEnv>> environment(const OrtApi& api);

}  // namespace forecost::device::ort
