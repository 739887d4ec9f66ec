// SPDX-License-Identifier: Apache-2.0
/// Cascades: networks that are asked one after the other until one is sure of its answer.
///
/// Stage i answers a sample when its confidence is at least its threshold; the last stage answers whatever is
/// left (big/little networks of Park et al., CODES+ISSS 2015; adaptive networks of Stamoulis et al., ICCAD
/// 2018). A sample costs what the stages that it reaches cost:
///   accuracy = share of samples whose answering stage is right
///   cost     = sum over stages of (share that reaches the stage) x (its cost)
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/deployment/link.h"
#include "forecost/deployment/scores.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::deployment {

enum class Place { device, server };
std::string_view name_of(Place place);

/// What adds up over the stages that a sample reaches.
enum class Spending { time, energy, sent };  ///< seconds, joules of the device, bytes sent
constexpr std::size_t spendings = 3;
using Spent = std::array<double, spendings>;

/// A network at a place. Of a network on the server only the device's energy counts.
struct Candidate {
  std::string network;
  std::size_t answers = 0;  ///< index into Scores::networks
  Place place = Place::device;
  Seconds time;
  std::optional<Joules> energy;  ///< one answer; absent: unknown
};

/// Everything that a cascade's cost rests on. A cascade that has gone to the server stays there; the sample
/// is sent once, and each further stage on the server costs its time alone.
struct CascadeProblem {
  std::span<const Candidate> candidates;
  Link link;
  Bytes sample{0};  ///< what is sent
  Bytes answer{0};  ///< what comes back
};

/// What a stage adds for each sample that reaches it. `from`: place of the stage before, of the first stage
/// `device`. Unknown energies are infinite.
Spent step_cost(const CascadeProblem& problem, Place from, const Candidate& candidate);

struct Stage {
  std::size_t candidate = 0;
  /// Answers when its confidence is at least this; -infinity for the last stage.
  double threshold = -std::numeric_limits<double>::infinity();
};
using Cascade = std::vector<Stage>;

/// A cascade on a set of samples.
struct CascadeResult {
  double accuracy = 0;
  std::int64_t correct = 0;
  Spent mean{};                  ///< per sample; energy infinite where it is unknown
  Seconds longest;               ///< of a sample that reaches every stage
  std::vector<double> answered;  ///< share of samples, by stage
};

/// `samples`: indexes, at least one. O(samples x stages).
CascadeResult evaluate(const CascadeProblem& problem, const Scores& scores, const Cascade& cascade,
                       std::span<const std::uint32_t> samples);

/// Range of the true share behind `count` of `of`, with that coverage (Wilson 1927).
struct ShareInterval {
  double low = 0, high = 1;
};
ShareInterval share_interval(double count, double of, double coverage);

/// "tiny >= 0.42, big@server": people read this.
std::string to_text(const CascadeProblem& problem, const Cascade& cascade);

}  // namespace forecost::deployment
