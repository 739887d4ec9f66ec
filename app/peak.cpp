// SPDX-License-Identifier: Apache-2.0
#include "app/peak.h"

#include <nlohmann/json.hpp>

#include "app/devices.h"
#include "forecost/device/temp_folder.h"
#include "forecost/network/writer.h"

namespace forecost::app {
namespace {

struct Options {
  std::string model;
  SizeOptions sizes;
  std::vector<int> cores;
  int threads = 1;
  std::string library;
};

Result<measurement::PeakMemory> run_here(const Options& options, const Session& session) {
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner, open_runner(session, options.library));
  const layer::Binding binding = binding_of(options.sizes);
  device::Model model;
  model.file = options.model;
  model.symbols = binding.symbols;
  model.batch = binding.batch.value_or(1);
  device::SessionOptions wanted;
  wanted.settings = {options.threads, options.cores};
  FORECOST_TRY(const std::unique_ptr<device::Session> network, runner->open(model, wanted));
  measurement::PeakMemory measured;
  measured.loading = session.system->resident_peak();
  measured.loaded = session.system->resident_now();
  FORECOST_TRY([[maybe_unused]] const Done reset, session.system->reset_resident_peak());
  constexpr int runs = 3;
  for (int i = 0; i < runs; ++i) {
    FORECOST_TRY([[maybe_unused]] const Done ran, network->run());
  }
  measured.running = session.system->resident_peak();
  return measured;
}

/// A failure is an answer, too: the parent shows it.
Status answer(const Options& options, const Session& session) {
  const auto measured = run_here(options, session);
  nlohmann::json text;
  if (measured) {
    text = {{"loading_bytes", measured->loading.value},
            {"loaded_bytes", measured->loaded.value},
            {"running_bytes", measured->running.value}};
  } else {
    text = {{"error", measured.error().what}, {"hint", measured.error().hint}};
  }
  return print(text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

Result<measurement::PeakMemory> measure_peak(const Session& session, const network::Network& network,
                                             const SizeOptions& sizes, const device::Settings& settings,
                                             const measurement::PeakProbe& probe) {
  const layer::Binding binding = binding_of(sizes);
  measurement::PeakRequest request;
  request.symbols = binding.symbols;
  request.batch = binding.batch.value_or(1);
  request.settings = settings;
  if (!is_built_in(network.source)) {
    request.file = network.source;
    return probe(request);
  }
  FORECOST_TRY(const device::TempFolder folder, device::TempFolder::make(*session.system));
  request.file = folder.path() / "network.onnx";
  FORECOST_TRY([[maybe_unused]] const Done written, network::write(network, request.file));
  return probe(request);
}

void add_probe_peak(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("probe-peak", "Run a network and print this process's peak memory");
  command->group("");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "ONNX file")->required();
  add_size_options(*command, options->sizes);
  command->add_option("--threads", options->threads)->check(CLI::PositiveNumber);
  command->add_option("--cores", options->cores)->delimiter(',');
  command->add_option("--library", options->library);
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return answer(*options, session); };
  });
}

}  // namespace forecost::app
