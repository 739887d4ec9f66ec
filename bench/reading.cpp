// Reading and predicting against Python's onnx, onnx-tool and nn-Meter: time, memory, the same answers.
// SPDX-License-Identifier: Apache-2.0
//
// Files are written by `forecost zoo` with weights of true size and read once before they are timed. Rivals
// take turns; figures are medians. A device is calibrated for 20 seconds in a folder of its own, once; its
// predictor is smaller and faster than one that saw more. FORECOST_BENCH_HOME and FORECOST_BENCH_DEVICE name
// one that is there.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forecost/device/system.h"
#include "forecost/network/reader.h"
#include "forecost/numeric/statistics.h"
#include "forecost/predictor/saved.h"
#include "forecost/report/figure.h"

namespace {

using namespace forecost;
using report::Figure;
namespace fs = std::filesystem;

const fs::path build = FORECOST_BUILD_DIR;
const fs::path work = build / "bench";
const std::string forecost_program = (build / "bin" / "forecost").string();
const std::string python = (build / "venv" / "bin" / "python").string();
const fs::path rivals = build / "venv-bench";
const std::string rival_python = (rivals / "bin" / "python").string();

/// Time of onnx.load where Python runs already, in seconds.
constexpr const char* load_script =
    "import onnx, sys, time\n"
    "start = time.perf_counter()\n"
    "onnx.load(sys.argv[1])\n"
    "print(time.perf_counter() - start)\n";

/// Seconds, multiply-accumulates of convolutions and matrix products (its total counts other operators too,
/// and biases), parameters (running statistics counted).
constexpr const char* onnx_tool_script =
    "import sys, time\n"
    "start = time.perf_counter()\n"
    "import onnx_tool\n"
    "model = onnx_tool.Model(sys.argv[1])\n"
    "model.graph.shape_infer(None)\n"
    "model.graph.profile()\n"
    "first = lambda macs: macs[0] if isinstance(macs, (list, tuple)) else macs\n"
    "macs = sum(first(node.macs) for node in model.graph.nodemap.values()\n"
    "           if node.op_type in ('Conv', 'Gemm', 'MatMul'))\n"
    "print(time.perf_counter() - start, macs, model.graph.params)\n";

struct Ended {
  int status = -1;
  double seconds = 0;
  double peak_mib = 0;  ///< at least this program's own when it started the child
  std::string output;
};

Ended run(std::vector<std::string> words) {
  const auto system = device::this_machine();
  const std::string output = (work / "output.txt").string();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  Ended ended;
  pid_t child = 0;
  const Seconds start = system->now();
  if (posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ) == 0) {
    rusage usage{};
    int status = 0;
    wait4(child, &status, 0, &usage);
    ended.seconds = (system->now() - start).value;
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    ended.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  }
  posix_spawn_file_actions_destroy(&actions);
  std::ostringstream text;
  text << std::ifstream(output).rdbuf();
  ended.output = text.str();
  return ended;
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "no output";
  const auto begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin + 1) + 1);
}

std::vector<double> numbers_in(const Ended& ended) {
  std::istringstream text(last_line(ended.output));
  std::vector<double> numbers;
  for (double number = 0; text >> number;) numbers.push_back(number);
  return numbers;
}

void print(const Figure& figure) {
  std::cout << report::result_line(figure) << std::endl;
}

void print_absent(const std::string& key, const std::string& why) {
  std::cout << report::absent_line(key, why) << std::endl;
}

double median_ms(const std::vector<double>& seconds) {
  return 1e3 * numeric::median(seconds);
}

fs::path written(const std::string& name) {
  const fs::path file = work / (name + ".onnx");
  if (!fs::exists(file)) run({forecost_program, "zoo", name, "-o", file.string()});
  return file;
}

/// Empty, or why it is not here.
std::string install(const std::string& package, const std::string& module) {
  if (!fs::exists(rival_python)) run({"/usr/bin/python3", "-m", "venv", rivals.string()});
  if (run({rival_python, "-c", "import " + module}).status == 0) return "";
  const Ended pip =
      run({rival_python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package});
  if (pip.status != 0) return "pip: " + last_line(pip.output);
  const Ended import = run({rival_python, "-c", "import " + module});
  return import.status == 0 ? "" : "import: " + last_line(import.output);
}

Result<layer::LayeredNetwork> read_and_infer(const fs::path& file) {
  FORECOST_TRY(auto network, network::read(file));
  return layer::infer(std::move(network));
}

void time_reading(const fs::path& file) {
  std::vector<double> inspected;
  std::vector<double> in_process;
  std::vector<double> loaded;
  std::vector<double> whole_python;
  double peak = 0;
  const auto system = device::this_machine();
  run({forecost_program, "inspect", file.string(), "--format", "json"});
  const bool has_python = run({python, "-c", load_script, file.string()}).status == 0;
  for (int turn = 0; turn < 7; ++turn) {
    const Ended inspect = run({forecost_program, "inspect", file.string(), "--format", "json"});
    if (inspect.status != 0) return print_absent("reading.inspect_vgg16_ms", last_line(inspect.output));
    inspected.push_back(inspect.seconds);
    peak = std::max(peak, inspect.peak_mib);
    const Seconds start = system->now();
    const auto network = read_and_infer(file);
    if (!network) return print_absent("reading.infer_vgg16_ms", to_string(network.error()));
    in_process.push_back((system->now() - start).value);
    if (!has_python) continue;
    const Ended load = run({python, "-c", load_script, file.string()});
    const auto seconds = numbers_in(load);
    if (seconds.empty()) continue;
    loaded.push_back(seconds.front());
    whole_python.push_back(load.seconds);
  }
  print({"reading.vgg16_file", static_cast<double>(fs::file_size(file)) / 1e6, "MB"});
  print({"reading.vgg16_inspect_command", median_ms(inspected), "ms"});
  print({"reading.vgg16_read_and_infer", median_ms(in_process), "ms"});
  print({"reading.vgg16_inspect_peak", peak, "MiB", Figure::Goal::at_most, 40});
  if (loaded.empty()) {
    return print_absent("reading.vgg16_load_over_inspect", "Python's onnx is not in build/venv");
  }
  print({"reading.vgg16_onnx_load", median_ms(loaded), "ms"});
  print({"reading.vgg16_onnx_python_command", median_ms(whole_python), "ms"});
  print({"reading.vgg16_load_over_read_and_infer", median_ms(loaded) / median_ms(in_process), "x",
         Figure::Goal::at_least, 100});
  print({"reading.vgg16_load_over_inspect_command", median_ms(loaded) / median_ms(inspected), "x",
         Figure::Goal::at_least, 100});
  print({"reading.vgg16_python_command_over_inspect_command", median_ms(whole_python) / median_ms(inspected),
         "x"});
}

void compare_with_onnx_tool(const std::string& name, const fs::path& file, const std::string& absent) {
  const std::string key = "reading." + name + "_onnx_tool";
  if (!absent.empty()) return print_absent(key, absent);
  const auto network = read_and_infer(file);
  if (!network) return print_absent(key, to_string(network.error()));
  const layer::Totals totals = layer::totals_of(*network);
  std::vector<double> theirs;
  std::vector<double> ours;
  std::vector<double> answer;
  for (int turn = 0; turn < 3; ++turn) {
    const Ended profile = run({rival_python, "-c", onnx_tool_script, file.string()});
    answer = numbers_in(profile);
    if (profile.status != 0 || answer.size() != 3) return print_absent(key, last_line(profile.output));
    theirs.push_back(profile.seconds);
    ours.push_back(run({forecost_program, "inspect", file.string(), "--format", "json"}).seconds);
  }
  const auto off = [](double mine, double other) { return 100 * (other / mine - 1); };
  print({key + "_macs_off", off(static_cast<double>(totals.macs.value), answer[1]), "%"});
  print({key + "_parameters_off", off(static_cast<double>(totals.parameters), answer[2]), "%"});
  print({key + "_command", median_ms(theirs), "ms"});
  print({key + "_over_inspect_command", median_ms(theirs) / median_ms(ours), "x"});
}

/// A calibrated device.
struct Place {
  std::string home;
  std::string device;

  fs::path file() const { return fs::path(home) / "devices" / (device + ".json"); }
};

Place place_of(const device::System& system) {
  return {system.environment("FORECOST_BENCH_HOME").value_or((work / "home").string()),
          system.environment("FORECOST_BENCH_DEVICE").value_or("bench")};
}

/// Empty, or why there is no such device and none could be made.
std::string calibrated(const Place& place) {
  if (fs::exists(place.file())) return "";
  const Ended ended = run({forecost_program, "--home", place.home, "calibrate", "--budget", "20s",
                           "--threads", "1", "--on", place.device});
  return ended.status == 0 ? "" : last_line(ended.output);
}

void time_predicting(const fs::path& file) {
  const auto system = device::this_machine();
  const Place place = place_of(*system);
  if (const std::string why = calibrated(place); !why.empty()) {
    return print_absent("reading.resnet50_predictions", why);
  }
  const auto saved = predictor::load(place.file());
  const auto network = read_and_infer(file);
  if (!saved || !network) return print_absent("reading.resnet50_predictions", "the device does not load");
  const auto lowered = layer::lower(*network, layer::runtime_list().front());
  if (!lowered) return print_absent("reading.resnet50_predictions", to_string(lowered.error()));
  const auto compiled = saved->predictor->compile(lowered->kernels);
  std::vector<double> each;
  std::vector<double> commands;
  double total = 0;
  constexpr int repeats = 2000;
  for (int turn = 0; turn < 11; ++turn) {
    const Seconds start = system->now();
    for (int i = 0; i < repeats; ++i) total += saved->predictor->predict_total(*compiled).time.value;
    each.push_back((system->now() - start).value / repeats);
    const Ended command =
        run({forecost_program, "--home", place.home, "predict", file.string(), "--on", place.device});
    if (command.status != 0) return print_absent("reading.resnet50_predict", last_line(command.output));
    commands.push_back(command.seconds);
  }
  print({"reading.predictor_saw", static_cast<double>(saved->provenance.kernels), "kernels"});
  print({"reading.resnet50_kernels", static_cast<double>(lowered->kernels.size()), "kernels"});
  print({"reading.resnet50_forecast", 1e3 * total / (11.0 * repeats), "ms"});
  print({"reading.resnet50_predictions", 1 / numeric::median(each), "/s", Figure::Goal::at_least, 50000});
  print({"reading.resnet50_predict_command", median_ms(commands), "ms", Figure::Goal::at_most, 30});
}

}  // namespace

int main() {
  fs::create_directories(work);
  const fs::path vgg = written("vgg16");
  const fs::path resnet = written("resnet50");
  time_reading(vgg);
  time_predicting(resnet);
  const std::string onnx_tool = install("onnx-tool", "onnx_tool");
  compare_with_onnx_tool("vgg16", vgg, onnx_tool);
  compare_with_onnx_tool("resnet50", resnet, onnx_tool);
  const std::string nn_meter = install("nn-meter", "nn_meter");
  print_absent("reading.nn_meter", nn_meter.empty()
                                       ? "installs here, but predicts only its own four devices, "
                                         "which are not this machine"
                                       : nn_meter);
  return 0;
}
