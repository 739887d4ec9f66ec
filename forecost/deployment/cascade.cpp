// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/cascade.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "forecost/numeric/normal.h"

namespace forecost::deployment {
namespace {

/// z with Phi(z) = share, by bisection; 0 < share < 1.
double normal_quantile(double share) {
  double low = -40;
  double high = 40;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (numeric::log_normal_cdf(middle).value < std::log(share) ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

std::string_view name_of(Place place) {
  return place == Place::device ? "device" : "server";
}

Spent step_cost(const CascadeProblem& problem, Place from, const Candidate& candidate) {
  const double own = candidate.energy ? candidate.energy->value : std::numeric_limits<double>::infinity();
  if (candidate.place == Place::device) return {candidate.time.value, own, 0};
  if (from == Place::server) {
    return {candidate.time.value, waiting_energy(problem.link, candidate.time).value, 0};
  }
  const Seconds wire =
      sending_time(problem.link, problem.sample) + receiving_time(problem.link, problem.answer);
  const Seconds wait = problem.link.round_trip + candidate.time;
  return {
      (wire + wait).value,
      (radio_energy(problem.link, problem.sample, problem.answer) + waiting_energy(problem.link, wait)).value,
      static_cast<double>(problem.sample.value)};
}

CascadeResult evaluate(const CascadeProblem& problem, const Scores& scores, const Cascade& cascade,
                       std::span<const std::uint32_t> samples) {
  FORECOST_EXPECTS(!cascade.empty() && !samples.empty(), "a cascade has a stage, and samples to answer");
  CascadeResult result;
  std::vector<std::int64_t> answered(cascade.size());
  for (const std::uint32_t sample : samples) {
    std::size_t stage = 0;
    const auto unsure = [&](std::size_t at) {
      const Answers& answers = scores.networks[problem.candidates[cascade[at].candidate].answers];
      return answers.confidence[sample] < cascade[at].threshold;
    };
    while (stage + 1 < cascade.size() && unsure(stage)) ++stage;
    ++answered[stage];
    result.correct += scores.networks[problem.candidates[cascade[stage].candidate].answers].correct[sample];
  }
  const auto count = static_cast<double>(samples.size());
  auto left = static_cast<std::int64_t>(samples.size());
  Place place = Place::device;
  for (std::size_t stage = 0; stage < cascade.size(); ++stage) {
    const Candidate& candidate = problem.candidates[cascade[stage].candidate];
    const Spent step = step_cost(problem, place, candidate);
    // What no sample reaches costs nothing, even where its energy is unknown.
    const double reach = static_cast<double>(left) / count;
    for (std::size_t i = 0; i < spendings && left > 0; ++i) result.mean[i] += reach * step[i];
    result.longest += Seconds(step[0]);
    result.answered.push_back(static_cast<double>(answered[stage]) / count);
    left -= answered[stage];
    place = candidate.place;
  }
  result.accuracy = static_cast<double>(result.correct) / count;
  return result;
}

ShareInterval share_interval(double count, double of, double coverage) {
  const double z = normal_quantile((1 + coverage) / 2);
  const double share = count / of;
  const double centre = share + z * z / (2 * of);
  const double half = z * std::sqrt(share * (1 - share) / of + z * z / (4 * of * of));
  const double scale = 1 + z * z / of;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

std::string to_text(const CascadeProblem& problem, const Cascade& cascade) {
  std::string text;
  for (std::size_t stage = 0; stage < cascade.size(); ++stage) {
    const Candidate& candidate = problem.candidates[cascade[stage].candidate];
    text += (stage == 0 ? "" : ", ") + candidate.network;
    if (candidate.place == Place::server) text += "@server";
    if (stage + 1 < cascade.size()) text += fmt::format(" >= {:.4g}", cascade[stage].threshold);
  }
  return text;
}

}  // namespace forecost::deployment
