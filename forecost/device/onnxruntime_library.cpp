// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/onnxruntime_library.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>
#include <onnxruntime_c_api.h>

namespace forecost::device::ort {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view how_to_get =
    "pip install onnxruntime, or set FORECOST_ONNXRUNTIME to libonnxruntime.so or its folder";
constexpr std::uint32_t oldest_api = 16;

/// Entries of a folder whose names begin with `prefix`, newest version first; empty when there is no such
/// folder.
std::vector<fs::path> entries_like(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code code;
  for (auto entry = fs::directory_iterator(folder, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    if (entry->path().filename().string().starts_with(prefix)) found.push_back(entry->path());
  }
  const auto newer = [](const fs::path& a, const fs::path& b) {
    const auto x = a.filename().string(), y = b.filename().string();
    return x.size() != y.size() ? x.size() > y.size() : x > y;  // python3.11 before python3.9
  };
  std::sort(found.begin(), found.end(), newer);
  return found;
}

/// <prefix>/lib/python3.*/<packages>/onnxruntime/capi
void add_python(std::vector<fs::path>& list, const fs::path& prefix, std::string_view packages) {
  const auto versions = entries_like(prefix / "lib", "python3");
  if (versions.empty()) list.push_back(prefix / "lib" / "python3" / packages / "onnxruntime" / "capi");
  for (const auto& version : versions) list.push_back(version / packages / "onnxruntime" / "capi");
}

/// The shared libraries at a place: itself, or what lies in it, in capi/ or in lib/.
std::vector<fs::path> libraries_at(const fs::path& place) {
  std::error_code code;
  if (fs::is_regular_file(place, code)) return {place};
  for (const auto& folder : {place, place / "lib", place / "capi", place / "onnxruntime" / "capi"}) {
    std::vector<fs::path> found;
    for (const auto& file : entries_like(folder, "libonnxruntime.so")) {
      if (fs::is_regular_file(file, code)) found.push_back(file);
    }
    if (!found.empty()) return found;
  }
  return {};
}

std::string commit_of(std::string_view build) {
  constexpr std::string_view key = "git-commit-id=";
  const auto begin = build.find(key);
  if (begin == std::string_view::npos) return std::string(build);
  const auto from = build.substr(begin + key.size());
  return std::string(from.substr(0, from.find_first_of(", ")));
}

Result<std::vector<std::string>> providers_of(const OrtApi& api) {
  char** names = nullptr;
  int count = 0;
  FORECOST_TRY([[maybe_unused]] auto got, check(api, api.GetAvailableProviders(&names, &count), "providers"));
  std::vector<std::string> providers(names, names + count);
  FORECOST_TRY([[maybe_unused]] auto freed,
               check(api, api.ReleaseAvailableProviders(names, count), "providers"));
  return providers;
}

/// `name` is a path, or a soname for the dynamic linker to search.
Result<Library> load_one(const fs::path& name) {
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return Error{Fault::failed, fmt::format("cannot load ONNX Runtime: {}", reason == nullptr ? "?" : reason),
                 name.string(), "name a libonnxruntime.so that is built for this machine"};
  }
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr || get_base() == nullptr) {
    return Error{Fault::failed, "the library has no OrtGetApiBase: it is not ONNX Runtime", name.string(),
                 std::string(how_to_get)};
  }
  const OrtApiBase* base = get_base();
  Library library;
  library.file = name;
  library.version = base->GetVersionString();
  // A library complains on stderr when asked for an API newer than its own: 1.N has API N.
  std::uint32_t newest = ORT_API_VERSION;
  unsigned minor = 0;
  if (std::sscanf(library.version.c_str(), "1.%u", &minor) == 1) newest = std::min(newest, minor);
  for (auto version = newest; version >= oldest_api && library.api == nullptr; --version) {
    library.api = base->GetApi(version);
  }
  if (library.api == nullptr) {
    return Error{Fault::unsupported, fmt::format("ONNX Runtime {} is too old", library.version),
                 name.string(), "pip install 'onnxruntime>=1.16'"};
  }
  library.build = commit_of(library.api->GetBuildInfoString());
  FORECOST_TRY(library.providers, providers_of(*library.api));
  return library;
}

}  // namespace

std::vector<fs::path> places(const System& system) {
  if (const auto chosen = system.environment("FORECOST_ONNXRUNTIME"); chosen && !chosen->empty())
    return {*chosen};
  std::vector<fs::path> list;
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    if (const auto prefix = system.environment(variable); prefix && !prefix->empty()) {
      add_python(list, *prefix, "site-packages");
    }
  }
  std::error_code code;
  if (const auto program = fs::read_symlink("/proc/self/exe", code); !code) {
    add_python(list, program.parent_path().parent_path() / "venv", "site-packages");
  }
  add_python(list, fs::path("build") / "venv", "site-packages");
  if (const auto home = system.environment("HOME"); home && !home->empty()) {
    add_python(list, fs::path(*home) / ".local", "site-packages");
  }
  add_python(list, "/usr/local", "site-packages");
  add_python(list, "/usr/local", "dist-packages");
  add_python(list, "/usr", "dist-packages");
  list.emplace_back("/usr/local/lib");
  return list;
}

Result<Library> load(const System& system, const RunnerOptions& options) {
  const bool chosen_by_variable = !system.environment("FORECOST_ONNXRUNTIME").value_or("").empty();
  const bool chosen = chosen_by_variable || !options.library.empty();
  const auto list = options.library.empty() ? places(system) : std::vector<fs::path>{options.library};
  std::string searched;
  std::optional<Error> last;
  for (const auto& place : list) {
    for (const auto& file : libraries_at(place)) {
      auto library = load_one(file);
      if (library || chosen) return library;
      last = std::move(library).error();
    }
    searched += fmt::format("{}{}", searched.empty() ? "" : ", ", place.string());
  }
  if (!chosen) {
    for (const char* soname : {"libonnxruntime.so.1", "libonnxruntime.so"}) {
      if (auto library = load_one(soname)) return library;
    }
    searched += ", the linker's libonnxruntime.so.1";
  }
  if (last) return *last;
  auto where = options.library.empty() && chosen_by_variable ? "FORECOST_ONNXRUNTIME=" + searched : searched;
  return Error{Fault::not_found, "ONNX Runtime is not there", "searched: " + where, std::string(how_to_get)};
}

Status check(const OrtApi& api, OrtStatus* status, std::string where) {
  if (status == nullptr) return Done{};
  const Owned<OrtStatus> owned(status, api.ReleaseStatus);
  Error error{Fault::failed, api.GetErrorMessage(status), std::move(where), {}};
  switch (api.GetErrorCode(status)) {
    case ORT_NO_SUCHFILE:
      error.fault = Fault::not_found;
      error.hint = "check the path";
      break;
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH:
    case ORT_NO_MODEL:
      error.fault = Fault::bad_input;
      error.hint = "check the file with `forecost inspect`, or export it again";
      break;
    case ORT_NOT_IMPLEMENTED:
      error.fault = Fault::unsupported;
      error.hint = "this ONNX Runtime has no kernel for it: try a newer version or other number types";
      break;
    case ORT_INVALID_ARGUMENT:
      error.fault = Fault::bad_input;
      error.hint = "set free dimensions with --dim name=value and --batch";
      break;
    default:
      error.hint = "run the model with ONNX Runtime alone to see whether it accepts it";
  }
  while (error.what.ends_with('.') || error.what.ends_with('\n')) error.what.pop_back();
  return error;
}

Result<Owned<OrtEnv>> environment(const OrtApi& api) {
  OrtEnv* env = nullptr;
  FORECOST_TRY([[maybe_unused]] auto made,
               check(api, api.CreateEnv(ORT_LOGGING_LEVEL_FATAL, "forecost", &env), "environment"));
  Owned<OrtEnv> owned(env, api.ReleaseEnv);
  FORECOST_TRY([[maybe_unused]] auto off, check(api, api.DisableTelemetryEvents(env), "environment"));
  return owned;
}

}  // namespace forecost::device::ort
