// SPDX-License-Identifier: Apache-2.0
// What Timeloop, SCALE-Sim and Eyeriss's authors say of accelerators, beside what we count.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include <fmt/format.h>

#include "forecost/report/figure.h"
#include "known_energies.h"
#include "known_scalesim.h"
#include "known_timeloop.h"

namespace forecost::studies {
namespace {

using accelerator::Accelerator;
using accelerator::Dataflow;
using report::Figure;

void print(const Figure& figure) {
  std::cout << report::result_line(figure) << '\n';
}

Status timeloop() {
  FORECOST_TRY(const std::vector<TimeloopCase> cases, timeloop_cases());
  if (cases.empty()) {
    std::cout << report::absent_line("accelerators.timeloop", "simulators/ is not in the data folder")
              << '\n';
  }
  for (const TimeloopCase& reference : cases) {
    const std::vector<TimeloopGap> gaps = gaps_of(reference);
    std::cout << fmt::format("{}: {:.2f} uJ, Timeloop prints {:.2f} uJ\n", reference.name,
                             total_energy_uj(reference), reference.total_energy_uj);
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      const std::string key = "accelerators.timeloop." + reference.name + "." + reference.memories[i].name;
      print({key + ".counts", gaps[i].counts * 1e6, "ppm", Figure::Goal::at_most, 0});
      print({key + ".energy", gaps[i].energy * 1e6, "ppm", Figure::Goal::at_most, 10});  // six digits given
    }
  }
  return Done{};
}

Status scalesim() {
  FORECOST_TRY(const std::vector<ScaleSimCase> cases, scalesim_cases());
  if (cases.empty()) {
    std::cout << report::absent_line("accelerators.scalesim", "simulators/ is not in the data folder")
              << '\n';
    return Done{};
  }
  double exact = 0;
  for (const ScaleSimCase& golden : cases) {
    const accelerator::SystolicCount count = count_systolic(golden.array, golden.product);
    const double cycles = golden.total_cycles - golden.stall_cycles;
    if (static_cast<double>(count.cycles) == cycles) exact += 1;
    std::cout << fmt::format("{:<14} {} cycles, golden {:.0f} without {:.0f} stalls of its memory model\n",
                             golden.name, count.cycles, cycles, golden.stall_cycles);
  }
  print({"accelerators.scalesim.exact", 100 * exact / static_cast<double>(cases.size()), "%",
         Figure::Goal::at_least, 100});
  return Done{};
}

/// Energy of three networks in multiply-accumulates, and their ratios to AlexNet. The published figures know
/// each layer's zeros, which save multiplications and DRAM words; ours are of networks without zeros.
Status energies(const Accelerator& eyeriss) {
  double alexnet = 0, published_alexnet = 0;
  for (const PublishedEnergy& published : published_energies()) {
    FORECOST_TRY(const WorkSum sum, sum_of(eyeriss, works_of(published.network, published.batch)));
    const double ours = sum.joules / eyeriss.energy.mac.value / static_cast<double>(published.batch);
    if (alexnet == 0) {
      alexnet = ours;
      published_alexnet = published.normalised;
    }
    const double ratio = ours / alexnet, said = published.normalised / published_alexnet;
    std::cout << fmt::format("{:<11} {:.3g} published {:.3g}, to AlexNet {:.2f} published {:.2f}\n",
                             published.network, ours, published.normalised, ratio, said);
    const std::string key = "accelerators.energy." + published.network;
    print({key + ".gap", 100 * std::abs(ours / published.normalised - 1), "%", Figure::Goal::at_most, 10});
    if (ours != alexnet) {
      print({key + ".ratio_gap", 100 * std::abs(ratio / said - 1), "%", Figure::Goal::at_most, 10});
    }
  }
  return Done{};
}

/// ISCA 2016's abstract: row stationary needs 1.4 to 2.5 times less energy in AlexNet's convolutions than
/// other dataflows of the same area, at least 1.3 times less in its fully connected layers at batch 16.
Status dataflows(const Accelerator& eyeriss) {
  const std::vector<accelerator::Work> works = works_of("alexnet", 16);
  const std::vector<accelerator::Work> convolutions(works.begin(), works.begin() + 5);
  const std::vector<accelerator::Work> connected(works.begin() + 5, works.end());
  FORECOST_TRY(const WorkSum own, sum_of(eyeriss, convolutions));
  FORECOST_TRY(const WorkSum own_connected, sum_of(eyeriss, connected));
  for (const Dataflow dataflow : {Dataflow::weight_stationary, Dataflow::output_stationary}) {
    Accelerator other = eyeriss;
    other.dataflow = dataflow;
    FORECOST_TRY(const WorkSum sum, sum_of(other, convolutions));
    FORECOST_TRY(const WorkSum sum_connected, sum_of(other, connected));
    const std::string key = fmt::format("accelerators.{}_to_row_stationary", name_of(dataflow));
    print({key + ".convolutions", sum.joules / own.joules, "x", Figure::Goal::at_least, 1.4});
    print(
        {key + ".connected", sum_connected.joules / own_connected.joules, "x", Figure::Goal::at_least, 1.3});
  }
  return Done{};
}

/// The chip (JSSC 2017, abstract): AlexNet's convolutions at batch 4, 35 images/s, 278 mW without DRAM,
/// 0.0029 DRAM accesses per multiply-accumulate.
Status chip(const Accelerator& eyeriss) {
  constexpr std::int64_t batch = 4;
  std::vector<accelerator::Work> works = works_of("alexnet", batch);
  works.resize(5);
  const auto begin = std::chrono::steady_clock::now();
  FORECOST_TRY(const WorkSum sum, sum_of(eyeriss, works));
  const std::chrono::duration<double> mapping = std::chrono::steady_clock::now() - begin;
  const double rate = static_cast<double>(batch) * eyeriss.clock_hz / sum.cycles;
  const double accesses = sum.dram_words / sum.macs;
  std::cout << fmt::format(
      "chip: {:.1f} images/s published 35, {:.4f} DRAM accesses per MAC published 0.0029\n", rate, accesses);
  print({"accelerators.chip.rate_gap", 100 * std::abs(rate / 35 - 1), "%", Figure::Goal::at_most, 10});
  print(
      {"accelerators.chip.dram_gap", 100 * std::abs(accesses / 0.0029 - 1), "%", Figure::Goal::at_most, 10});
  print({"accelerators.chip.mapping_time", mapping.count(), "s"});
  return Done{};
}

Status all() {
  const Accelerator eyeriss = accelerator::find_accelerator("eyeriss")->accelerator();
  FORECOST_TRY([[maybe_unused]] const Done a, timeloop());
  FORECOST_TRY([[maybe_unused]] const Done b, scalesim());
  Accelerator thrifty = eyeriss;  // what was published are mappings of least energy
  thrifty.aim = accelerator::Aim::energy;
  FORECOST_TRY([[maybe_unused]] const Done c, energies(thrifty));
  FORECOST_TRY([[maybe_unused]] const Done d, dataflows(thrifty));
  return chip(eyeriss);
}

}  // namespace
}  // namespace forecost::studies

int main() {
  const forecost::Status status = forecost::studies::all();
  if (status) return 0;
  std::cerr << "error: " << forecost::to_string(status.error()) << '\n';
  return 1;
}
