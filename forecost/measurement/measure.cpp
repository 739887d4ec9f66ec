// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/measure.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "forecost/layer/kernel.h"
#include "forecost/measurement/kernel_times.h"
#include "forecost/measurement/own_measurement.h"
#include "forecost/measurement/watch.h"
#include "forecost/numeric/statistics.h"

namespace forecost::measurement {
namespace {

/// Empties the caches by writing to memory that nobody needs.
class Evictor {
 public:
  explicit Evictor(Bytes size) : memory_(static_cast<std::size_t>(size.value)) {}
  void evict() {
    for (std::size_t i = 0; i < memory_.size(); i += 64) memory_[i] = static_cast<char>(memory_[i] + 1);
  }

 private:
  std::vector<char> memory_;
};

struct Running {
  const Item* item = nullptr;
  std::unique_ptr<device::Session> session;
  Record record;
  std::vector<double> block_minima;
  int blocks_run = 0;
  Seconds spent{0};
};

class Measuring {
 public:
  Measuring(const Bench& bench, const Protocol& protocol, Bytes evict)
      : bench_(bench),
        protocol_(protocol),
        instruction_set_(bench.runner.identity(bench.settings).instruction_set),
        evictor_(evict),
        watch_(bench.system, bench.settings.threads) {}

  Result<Running> open(const Item& item) {
    Running running{.item = &item};
    device::Model model{.file = item.file, .bytes = item.bytes, .symbols = item.binding.symbols};
    model.batch = item.binding.batch.value_or(1);
    FORECOST_TRY(running.session, bench_.runner.open(model, {.settings = bench_.settings, .study = true}));
    FORECOST_TRY(const int warm, warm_up(running));
    double spent = 0;
    for (int i = 0; more_profiling(i, spent); ++i) {
      FORECOST_TRY(const double seconds, timed_run(running));
      spent += seconds;
    }
    FORECOST_TRY(const auto study, running.session->end_study());
    FORECOST_TRY([[maybe_unused]] const auto split, split_kernels(running, study, warm));
    return running;
  }

  /// One block of unprofiled runs; kept unless something disturbed it.
  Status block(Running& running) {
    watch_.begin();
    std::vector<double> seconds;
    double sum = 0;
    const Seconds start = bench_.system.now();
    const double most_wall = 4 * protocol_.block.value;  // evictions take time too
    while ((sum < protocol_.block.value && (bench_.system.now() - start).value < most_wall) ||
           seconds.empty()) {
      FORECOST_TRY(const double one, timed_run(running));
      seconds.push_back(one);
      sum += one;
    }
    ++running.blocks_run;
    running.spent += Seconds(sum);
    if (watch_.end().disturbed && running.blocks_run < protocol_.most_blocks) {
      ++running.record.disturbed_blocks;
      return Done{};
    }
    running.block_minima.push_back(*std::min_element(seconds.begin(), seconds.end()));
    auto& all = running.record.run_seconds;
    all.insert(all.end(), seconds.begin(), seconds.end());
    return Done{};
  }

  bool settled(const Running& running) const {
    if (running.blocks_run >= protocol_.most_blocks || running.spent > protocol_.longest)
      return !running.block_minima.empty();
    if (std::ssize(running.block_minima) < std::max(2, protocol_.blocks)) return false;
    auto minima = running.block_minima;
    std::partial_sort(minima.begin(), minima.begin() + 2, minima.end());
    return minima[1] <= minima[0] * (1 + protocol_.stop_width);
  }

 private:
  bool more_profiling(int runs, double spent) const {
    if (runs < protocol_.least_profiled_runs) return true;
    if (runs < protocol_.profiled_runs) return spent < protocol_.profiled_longest.value;
    return runs < protocol_.most_profiled_runs && spent < protocol_.profiled.value;
  }

  Result<double> timed_run(Running& running) {
    if (running.item->evict.value > 0) evictor_.evict();
    const Seconds start = bench_.system.now();
    FORECOST_TRY([[maybe_unused]] const auto ran, running.session->run());
    return (bench_.system.now() - start).value;
  }

  Result<int> warm_up(Running& running) {
    double spent = 0, last = 0;
    int runs = 0;
    constexpr int most = 25;
    for (; runs < most; ++runs) {
      FORECOST_TRY(const double seconds, timed_run(running));
      spent += seconds;
      const bool stable = std::abs(seconds - last) < 0.05 * seconds;
      last = seconds;
      if (runs + 1 >= protocol_.warmup_runs && spent >= protocol_.warmup.value && stable) return runs + 1;
      if (spent > protocol_.longest.value / 4 && runs >= 1) return runs + 1;
    }
    return runs;
  }

  Status split_kernels(Running& running, const device::Study& study, int warm) {
    const auto* runtime = layer::find_runtime("onnxruntime");
    FORECOST_EXPECTS(runtime != nullptr, "the runtime's rules are in the list");
    FORECOST_TRY(auto layered, layer::infer(running.item->network, running.item->binding));
    FORECOST_TRY(auto lowered, layer::adopt(layered, study.graph, *runtime, running.item->binding,
                                            runtime->target(instruction_set_)));
    running.record.name = running.item->name;
    running.record.kind = running.item->kind;
    running.record.group = running.item->group;
    running.record.batch = layered.batch;
    running.record.evicted = running.item->evict.value > 0;

    auto seconds = kernel_times(lowered.kernels, study.runs, static_cast<std::size_t>(warm));
    for (std::size_t k = 0; k < lowered.kernels.size(); ++k) {
      auto& kernel = lowered.kernels[k];
      note_eviction(kernel, running.item->evict);
      running.record.kernels.push_back(std::move(kernel));
      running.record.kernel_seconds.push_back(std::move(seconds[k]));
    }
    return Done{};
  }

  const Bench& bench_;
  const Protocol& protocol_;
  std::string instruction_set_;
  Evictor evictor_;
  Watch watch_;
};

}  // namespace

std::vector<Result<Record>> measure(const Bench& bench, std::span<const Item> items,
                                    const Protocol& protocol) {
  if (bench.runner.measures_itself()) return measure_there(bench, items, protocol);
  Bytes evict{0};
  for (const Item& item : items) evict = std::max(evict, item.evict);
  Measuring measuring(bench, protocol, evict);
  std::vector<Result<Running>> running;
  for (const Item& item : items) {
    running.push_back(bench.stop()
                          ? Result<Running>(Error{Fault::interrupted, "measuring was stopped", item.name, ""})
                          : measuring.open(item));
  }
  for (bool busy = true; busy;) {
    busy = false;
    for (auto& one : running) {
      if (!one || measuring.settled(*one)) continue;
      if (bench.stop()) {
        one = Error{Fault::interrupted, "measuring was stopped", one->item->name,
                    "run the same command again to go on"};
        continue;
      }
      const auto status = measuring.block(*one);
      if (!status) one = status.error();
      busy = true;
    }
  }
  std::vector<Result<Record>> records;
  for (auto& one : running) {
    if (one) {
      records.emplace_back(std::move(one->record));
    } else {
      records.emplace_back(one.error());
    }
  }
  return records;
}

}  // namespace forecost::measurement
