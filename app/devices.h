// SPDX-License-Identifier: Apache-2.0
/// Calibrated devices of the home folder: devices/NAME.json are predictors, measurements.sqlite is what they
/// were fitted to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/session.h"
#include "forecost/device/runner.h"
#include "forecost/predictor/saved.h"

namespace forecost::app {

/// How a device is named on the command line.
struct DeviceOptions {
  std::vector<std::string> names;  ///< --on; empty: the device of this machine with that many threads
  int threads = 0;                 ///< 0: all cores this process may use
};

/// Adds --on and --threads.
void add_device_options(CLI::App& command, DeviceOptions& options);

std::filesystem::path measurements_file(const Session& session);
std::filesystem::path predictor_file(const Session& session, const std::string& device);

/// Name that `calibrate` gives to this machine: "this-t2" with two threads.
std::string default_device(const Session& session, int threads);
/// Letters, digits, "-", "_" and "." only, since names become files. Empty when good, else what is wrong.
std::string check_device_name(const std::string& name);
int threads_or_all(const Session& session, int threads);

/// Names of calibrated devices, sorted.
std::vector<std::string> calibrated_devices(const Session& session);
/// The devices asked for. Without a name and a thread count the only device there is will do, too.
/// Fails: `not_found`, the hint names the devices there are or how to calibrate one.
Result<std::vector<std::string>> chosen_devices(const Session& session, const DeviceOptions& options);
/// Writes a device's predictor, with who made it when.
Status keep_device(const Session& session, const std::string& device, const predictor::Predictor& fitted,
                   const predictor::Validation& validation, int networks, int kernels,
                   const std::optional<predictor::PowerModel>& power = std::nullopt);
/// "2026-11-23T21:50:00Z": now.
std::string iso_time(const Session& session);
Result<predictor::SavedPredictor> load_device(const Session& session, const std::string& device);

/// The best runner that is here and runs in this process; `library` names the runtime's shared library,
/// empty: search.
Result<std::unique_ptr<device::Runner>> open_runner(const Session& session, const std::string& library);

}  // namespace forecost::app
