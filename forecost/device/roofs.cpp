// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <barrier>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <thread>

#include "forecost/device/device.h"
#include "forecost/device/memory_curve.h"
#include "forecost/device/pinning.h"
#include "forecost/device/roof_loops.h"

namespace forecost::device {
namespace {

/// Does one burst of work on one thread and says how much that was, in operations or bytes.
using Burst = std::function<double(int thread)>;

std::vector<int> core_of(const Settings& settings, int thread) {
  const auto index = static_cast<std::size_t>(thread);
  return index < settings.cores.size() ? std::vector<int>{settings.cores[index]} : std::vector<int>{};
}

/// Best rate of all threads together: bursts begin together and each thread's rate is its own work over its
/// own time.
double best_rate(const System& system, const Settings& settings, const Burst& burst, Seconds budget) {
  const auto threads = std::max(1, settings.threads);
  std::vector<double> rates(static_cast<std::size_t>(threads));
  std::barrier line(threads);
  std::atomic<bool> more = true;
  double best = 0;
  const Seconds end = system.now() + budget;
  const auto work = [&](int thread) {
    const auto cores = core_of(settings, thread);
    const Pinning pinning(cores);
    while (true) {
      line.arrive_and_wait();
      const Seconds start = system.now();
      const double amount = burst(thread);
      const Seconds time = system.now() - start;
      rates[static_cast<std::size_t>(thread)] = time.value > 0 ? amount / time.value : 0;
      line.arrive_and_wait();
      if (thread == 0) {
        double sum = 0;
        for (const double rate : rates) sum += rate;
        best = std::max(best, sum);
        more = system.now() < end;
      }
      line.arrive_and_wait();
      if (!more) return;
    }
  };
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
  work(0);
  return best;
}

/// Rounds of `loop` that take about `wanted` on the calling thread.
std::int64_t rounds_for(const System& system, const std::function<void(std::int64_t)>& loop, Seconds wanted) {
  std::int64_t rounds = 1;
  while (true) {
    const Seconds start = system.now();
    loop(rounds);
    const Seconds time = system.now() - start;
    if (time * 4.0 > wanted || rounds > (std::int64_t{1} << 40)) {
      const double factor = time.value > 0 ? wanted / time : 1.0;
      return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(rounds) * factor));
    }
    rounds *= 4;
  }
}

double arithmetic_peak(const System& system, const Settings& settings, double (*loop)(std::int64_t)) {
  if (loop(1) <= 0) return 0;
  const auto rounds = rounds_for(system, loop, from_milliseconds(2));
  return best_rate(
      system, settings, [&](int) { return loop(rounds); }, from_milliseconds(150));
}

struct Freed {
  void operator()(float* memory) const {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): aligned_alloc is C's
    std::free(memory);
  }
};
using Buffer = std::unique_ptr<float[], Freed>;

std::vector<CurvePoint> bandwidth_curve(const System& system, const Settings& settings) {
  constexpr double smallest = 8 << 10, largest = 256 << 20;
  const auto threads = std::max(1, settings.threads);
  std::size_t share = static_cast<std::size_t>(largest) / static_cast<std::size_t>(threads) / 64 * 64;
  std::vector<Buffer> buffers;
  for (int thread = 0; thread < threads; ++thread) {
    Buffer buffer(static_cast<float*>(std::aligned_alloc(64, share)));
    if (buffer == nullptr) return {};
    std::fill_n(buffer.get(), share / sizeof(float), 1.0F);
    buffers.push_back(std::move(buffer));
  }
  std::vector<CurvePoint> curve;
  for (double size = smallest; size <= largest * 1.01; size *= std::sqrt(2.0)) {
    const auto floats = std::min(share, static_cast<std::size_t>(size / threads)) / sizeof(float);
    const auto slice = [&](int thread) {
      return std::span(buffers[static_cast<std::size_t>(thread)].get(), floats);
    };
    const auto passes = rounds_for(
        system, [&](std::int64_t n) { triad_loop(slice(0), n); }, from_milliseconds(1));
    const double bandwidth = best_rate(
        system, settings, [&](int thread) { return triad_loop(slice(thread), passes); },
        from_milliseconds(60));
    curve.push_back({Bytes(std::llround(size)), bandwidth});
  }
  return curve;
}

}  // namespace

Card measure_roofs(const System& system, const Identity& identity) {
  Card card;
  card.identity = identity;
  const auto& settings = identity.settings;
  card.peak_operations["float32"] = arithmetic_peak(system, settings, multiply_add_loop);
  if (const double int8 = arithmetic_peak(system, settings, int8_dot_loop); int8 > 0) {
    card.peak_operations["int8"] = int8;
  }
  const auto stated = stated_caches(system, std::max(1, settings.threads));
  card.memory = levels_of(bandwidth_curve(system, settings), stated);
  return card;
}

}  // namespace forecost::device
