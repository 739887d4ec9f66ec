// SPDX-License-Identifier: Apache-2.0
#include "app/devices.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "app/accelerators.h"

namespace forecost::app {
namespace {

std::string calibrate_hint(const DeviceOptions& options) {
  std::string command = "forecost calibrate";
  if (options.threads > 0) command += fmt::format(" --threads {}", options.threads);
  if (!options.names.empty()) command += " --on " + options.names.front();
  return command;
}

bool exists(const Session& session, const std::string& device) {
  std::error_code ignored;
  return is_accelerator(session, device) || std::filesystem::exists(predictor_file(session, device), ignored);
}

Error no_device(const Session& session, const std::string& name, const DeviceOptions& options) {
  const std::vector<std::string> there = calibrated_devices(session);
  const std::string others =
      there.empty() ? "" : fmt::format(", or use --on with {}", fmt::join(there, ", "));
  return {Fault::not_found, "device '" + name + "' is not calibrated", session.home.string(),
          "run " + calibrate_hint(options) + others};
}

}  // namespace

void add_device_options(CLI::App& command, DeviceOptions& options) {
  command
      .add_option("--on", options.names, "Calibrated device, accelerator or its TOML file; may be repeated")
      ->type_name("DEVICE")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [](const std::string& name) {
            return is_card_file(name) ? std::string() : check_device_name(name);
          },
          ""));
  command
      .add_option("--threads", options.threads, "This machine with that many threads (default: all cores)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

std::filesystem::path measurements_file(const Session& session) {
  return session.home / "measurements.sqlite";
}

std::filesystem::path predictor_file(const Session& session, const std::string& device) {
  return session.home / "devices" / (device + ".json");
}

int threads_or_all(const Session& session, int threads) {
  return threads > 0 ? threads : std::max(1, static_cast<int>(session.system->allowed_cores().size()));
}

std::string default_device(const Session& session, int threads) {
  return fmt::format("this-t{}", threads_or_all(session, threads));
}

std::string check_device_name(const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (!name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), good)) return {};
  return "'" + name + "' is no device name: use letters, digits, '-', '_' and '.'";
}

std::vector<std::string> calibrated_devices(const Session& session) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(session.home / "devices", ignored)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> chosen_devices(const Session& session, const DeviceOptions& options) {
  std::vector<std::string> names = options.names;
  if (names.empty()) {
    names.push_back(default_device(session, options.threads));
    const std::vector<std::string> there = calibrated_devices(session);
    if (options.threads == 0 && !exists(session, names.front()) && there.size() == 1) names = there;
  }
  for (const std::string& name : names) {
    if (!exists(session, name)) return no_device(session, name, options);
  }
  return names;
}

std::string iso_time(const Session& session) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(session.system->unix_time()));
}

Status keep_device(const Session& session, const std::string& device, const predictor::Predictor& fitted,
                   const predictor::Validation& validation, int networks, int kernels,
                   const std::optional<predictor::PowerModel>& power) {
  const std::filesystem::path file = predictor_file(session, device);
  std::error_code fault;  // without a folder, saving says so
  std::filesystem::create_directories(file.parent_path(), fault);
  predictor::Provenance provenance;
  provenance.created = iso_time(session);
  provenance.command = session.command_line;
  provenance.forecost_version = FORECOST_VERSION;
  provenance.kernels = kernels;
  provenance.networks = networks;
  return predictor::save(fitted, provenance, validation, file, power);
}

Result<predictor::SavedPredictor> load_device(const Session& session, const std::string& device) {
  return predictor::load(predictor_file(session, device));
}

Result<std::unique_ptr<device::Runner>> open_runner(const Session& session, const std::string& library) {
  Error first{Fault::not_found, "this build has no runner", "", "build forecost with a runner"};
  bool failed = false;
  for (const device::RunnerCard& card : device::runner_list()) {
    if (card.name == "reference" || card.name == "torch" || card.name == "command") continue;
    Result<std::unique_ptr<device::Runner>> runner = card.open(*session.system, {.library = library});
    if (runner) return runner;
    if (!failed) first = runner.error();
    failed = true;
  }
  return first;
}

}  // namespace forecost::app
