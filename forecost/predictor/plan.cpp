// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/plan.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "forecost/layer/kernel.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/random.h"

namespace forecost::predictor {
namespace {

using measurement::Draw;
using measurement::prior_list;

constexpr std::int64_t slope_copies = 5;
constexpr std::uint64_t candidate_seeds = 1U << 20U;  ///< seeds from here on are for active sampling

std::uint64_t mark_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a: the same on every machine
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return numeric::mix(hash);
}

}  // namespace

Plan::Plan(std::set<std::string> done, double work_limit, std::uint64_t seed)
    : done_(std::move(done)),
      work_limit_(work_limit),
      seed_(seed),
      next_seed_(prior_list().size(), 0),
      drawn_(prior_list().size(), 0) {}

Draw Plan::next_of(std::size_t family) {
  while (true) {
    Draw draw{.family = std::string(prior_list()[family].name),
              .seed = seed_ * (candidate_seeds * 2) + next_seed_[family]++};
    drawn_[family] += 1;
    if (done_.insert(draw.name()).second) return draw;
  }
}

std::size_t Plan::family_behind(bool repeats) const {
  std::size_t behind = 0;
  double most = -1;
  for (std::size_t f = 0; f < prior_list().size(); ++f) {
    if (!repeats && prior_list()[f].repeat != nullptr) continue;
    const double lag = prior_list()[f].share / (drawn_[f] + 1);
    if (lag > most) {
      most = lag;
      behind = f;
    }
  }
  return behind;
}

std::vector<Draw> Plan::by_prior(std::size_t count) {
  std::vector<Draw> draws;
  while (draws.size() < count) {
    const std::size_t family = family_behind(true);
    Draw draw = next_of(family);
    if (prior_list()[family].repeat != nullptr) {
      Draw many = draw;
      many.copies = slope_copies;
      draws.push_back(std::move(many));
    }
    draws.push_back(std::move(draw));
  }
  return draws;
}

std::optional<double> Plan::doubt_of(const Draw& draw, const Predictor& predictor) {
  const auto* runtime = layer::find_runtime(predictor.card().identity.runtime);
  FORECOST_EXPECTS(runtime != nullptr, "the device's runtime has rules");
  const auto network = measurement::build(draw, work_limit_);
  if (!network) return std::nullopt;
  const auto layered = layer::infer(*network);
  if (!layered) return std::nullopt;
  const auto lowered =
      layer::lower(*layered, *runtime, runtime->target(predictor.card().identity.instruction_set));
  if (!lowered) return std::nullopt;
  const auto forecasts = predictor.predict(*predictor.compile(lowered->kernels));
  double total = 0, doubtful = 0;
  for (const auto& forecast : forecasts) {
    constexpr double most = 2;
    total += forecast.time.value;
    doubtful += forecast.time.value * std::min(most, std::log(forecast.high / forecast.low));
  }
  return doubtful / total;
}

std::vector<Draw> Plan::by_doubt(std::size_t count, const Predictor& predictor, std::size_t candidates) {
  std::vector<Draw> chosen;
  while (chosen.size() < count) {
    const std::size_t family = family_behind(false);
    drawn_[family] += 1;
    std::optional<Draw> best;
    double most = -1;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, candidates / count); ++i) {
      Draw draw{.family = std::string(prior_list()[family].name),
                .seed = seed_ * (candidate_seeds * 2) + candidate_seeds + next_candidate_++};
      if (done_.count(draw.name())) continue;
      const double doubt = doubt_of(draw, predictor).value_or(-1);
      if (doubt > most) {
        most = doubt;
        best = std::move(draw);
      }
    }
    if (!best) continue;
    done_.insert(best->name());
    chosen.push_back(*std::move(best));
  }
  return chosen;
}

Result<measurement::Item> Plan::item(const Draw& draw, double evicted_share, Bytes evict) const {
  FORECOST_TRY(auto network, measurement::build(draw, work_limit_));
  measurement::Item item{.name = draw.name(), .kind = "calibration"};
  item.group = draw.family + "-" + std::to_string(draw.seed);
  FORECOST_TRY(item.bytes, network::serialise(network));
  item.network = std::move(network);
  const double mark = static_cast<double>(mark_of(item.group) >> 11U) * 0x1.0p-53;
  const bool slope_pair = draw.copies > 1 || draw.family == "operators";
  if (!slope_pair && mark < evicted_share) item.evict = evict;
  return item;
}

}  // namespace forecost::predictor
