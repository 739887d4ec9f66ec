// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/energy_campaign.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/power_model.h"
#include "forecost/predictor/redraw.h"

namespace forecost::predictor {
namespace {

constexpr std::size_t interleaved = 8;

/// What of each power a network shows, per second of its time.
Eigen::Vector4d row_of(const measurement::Record& record, const device::Card& card) {
  PowerTerms sum;
  for (const layer::Kernel& kernel : record.kernels) {
    const PowerTerms one = power_terms(kernel, card);
    sum.arithmetic += one.arithmetic;
    sum.near += one.near;
    sum.far += one.far;
  }
  const double time = numeric::median(record.run_seconds);
  return {1, std::min(1.0, sum.arithmetic / time), std::min(1.0, sum.near / time),
          std::min(1.0, sum.far / time)};
}

/// The record that is kept: the kernels of the calibration with the energies of now.
std::optional<measurement::Record> with_energies(const measurement::Record& record,
                                                 measurement::EnergyBySensor& by_sensor,
                                                 std::vector<Warning>& warnings) {
  measurement::Record kept{.name = record.name, .kind = energy_kind, .group = record.group};
  kept.batch = record.batch;
  kept.kernels = record.kernels;
  for (auto& energy : by_sensor) {
    if (energy) {
      kept.run_seconds.push_back(energy->run_time().value);
      kept.energies.push_back(*std::move(energy));
    } else if (energy.error().fault != Fault::interrupted) {
      warnings.push_back({"the energy of " + record.name + " was not measured: " + energy.error().what,
                          energy.error().hint});
    }
  }
  if (kept.energies.empty()) return std::nullopt;
  kept.kernel_seconds.resize(kept.kernels.size());
  return kept;
}

/// By a runner that measures itself: false when it tells no energy.
Result<bool> energies_there(const measurement::Bench& bench, std::span<const measurement::Item> items,
                            measurement::Store& store, const EnergyPlace& place, EnergyCampaign& campaign) {
  measurement::Protocol protocol;
  protocol.told_energy = true;
  bool any = false;
  for (auto& record : measurement::measure(bench, items, protocol)) {
    if (!record || record->energies.empty()) continue;
    any = true;
    FORECOST_TRY([[maybe_unused]] const auto added, store.add(place.device, place.run, *record));
    ++campaign.measured;
  }
  return any;
}

}  // namespace

std::vector<std::size_t> telling(const std::vector<measurement::Record>& records, const device::Card& card,
                                 std::size_t count, Seconds longest) {
  std::vector<std::size_t> candidates;
  std::vector<Eigen::Vector4d> rows;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const measurement::Record& record = records[i];
    if (record.evicted || record.run_seconds.empty() || !draw_of(record.name) ||
        numeric::median(record.run_seconds) > longest.value || macs_of(record.kernels) == 0)
      continue;
    candidates.push_back(i);
    rows.push_back(row_of(record, card));
  }
  std::vector<std::size_t> chosen;
  std::vector<bool> taken(candidates.size(), false);
  Eigen::Matrix4d information = Eigen::Matrix4d::Identity() * 1e-3;
  while (chosen.size() < std::min(count, candidates.size())) {
    const Eigen::LLT<Eigen::Matrix4d> factor(information);
    std::size_t best = candidates.size();
    double most = -1;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (taken[i]) continue;
      const double gain = rows[i].dot(factor.solve(rows[i]));  // log det grows by log(1 + gain)
      if (gain <= most) continue;
      most = gain;
      best = i;
    }
    taken[best] = true;
    chosen.push_back(candidates[best]);
    information += rows[best] * rows[best].transpose();
  }
  return chosen;
}

Result<EnergyCampaign> measure_energies(const measurement::Bench& bench, measurement::Store& store,
                                        const EnergyPlace& place, const device::Card& card,
                                        const EnergyPlan& plan) {
  EnergyCampaign campaign;
  FORECOST_TRY(const auto records, store.records(place.device, "calibration"));
  FORECOST_TRY(const std::set<std::string> done, store.names(place.device, energy_kind));
  std::vector<std::size_t> wanted = telling(records, card, plan.networks);
  wanted.erase(std::remove_if(wanted.begin(), wanted.end(),
                              [&](std::size_t i) { return done.count(records[i].name) > 0; }),
               wanted.end());
  std::map<std::string_view, const measurement::Record*> by_name;
  for (const auto& record : records) by_name[record.name] = &record;
  const std::function<bool()> stop = bench.stop;
  for (std::size_t at = 0; at < wanted.size() && bench.system.now() < plan.until && !stop();
       at += interleaved) {
    std::vector<measurement::Item> items;  // sessions may read their bytes
    for (std::size_t i = at; i < std::min(at + interleaved, wanted.size()); ++i) {
      auto item = redrawn(records[wanted[i]], card.identity, energy_kind);
      if (item) items.push_back(*std::move(item));
    }
    if (bench.runner.measures_itself()) {
      FORECOST_TRY(const bool any, energies_there(bench, items, store, place, campaign));
      if (!any) break;
      plan.progress(campaign.measured);
      continue;
    }
    std::vector<measurement::Load> loads;
    std::vector<const measurement::Record*> of_load;
    for (const measurement::Item& item : items) {
      auto load = measurement::load_of(bench, item);
      if (!load) continue;
      loads.push_back(*std::move(load));
      of_load.push_back(by_name.at(item.name));
    }
    auto results = measurement::measure_energy({bench.system, plan.sensors, stop}, loads, plan.protocol);
    for (std::size_t l = 0; l < loads.size(); ++l) {
      const auto record = with_energies(*of_load[l], results[l], campaign.warnings);
      if (!record) continue;
      FORECOST_TRY([[maybe_unused]] const auto added, store.add(place.device, place.run, *record));
      ++campaign.measured;
    }
    plan.progress(campaign.measured);
  }
  return campaign;
}

}  // namespace forecost::predictor
