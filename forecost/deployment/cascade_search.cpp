// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/cascade_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace forecost::deployment {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// For each count of right answers the least cost of a cascade with at least as many.
class Table {
 public:
  explicit Table(std::size_t samples) : cost_(samples + 1, infinity), cascade_(samples + 1) {}

  double cost(std::size_t correct) const { return cost_[correct]; }
  /// By more than sums of the same numbers in another order differ.
  bool beaten_by(std::size_t correct, double cost) const { return cost < cost_[correct] * (1 - 1e-12); }

  void keep(std::size_t correct, double cost, Cascade cascade) {
    found_.push_back(std::move(cascade));
    for (std::size_t c = correct + 1; c-- > 0 && cost_[c] > cost;) {
      cost_[c] = cost;
      cascade_[c] = found_.size() - 1;
    }
    ++changes_;
  }

  std::int64_t changes() const { return changes_; }

  /// From cheapest to most accurate.
  std::vector<Cascade> front() const {
    std::vector<Cascade> front;
    for (std::size_t c = 0; c < cost_.size(); ++c) {
      const bool last = c + 1 == cost_.size() || cost_[c + 1] > cost_[c];
      if (cost_[c] < infinity && last) front.push_back(found_[cascade_[c]]);
    }
    return front;
  }

 private:
  std::vector<double> cost_;
  std::vector<std::size_t> cascade_;
  std::vector<Cascade> found_;
  std::int64_t changes_ = 0;
};

/// A cascade without its last stages: what is settled, and who is left.
struct Prefix {
  Cascade stages;
  std::vector<std::uint8_t> left;  ///< 1 per sample that no stage has answered
  std::size_t count = 0;           ///< of those
  std::size_t correct = 0;
  Spent spent{};  ///< sum over samples
  double longest = 0;
  Place place = Place::device;
};

/// Between the confidence of the least sure sample that is answered and the next one.
double threshold_between(double answered, double next) {
  const double middle = next + (answered - next) / 2;
  return middle > next ? middle : answered;
}

class Search {
 public:
  Search(const CascadeProblem& problem, const Scores& scores, std::span<const std::uint32_t> samples,
         const CascadeQuestion& question)
      : problem_(problem),
        scores_(scores),
        samples_(samples),
        question_(question),
        count_(samples.size()),
        primary_(static_cast<std::size_t>(question.minimise)),
        table_(samples.size()) {
    for (const Candidate& candidate : problem.candidates) {
      const Answers& answers = scores.networks[candidate.answers];
      std::vector<double> confidence;
      std::vector<std::uint8_t> correct;
      for (const std::uint32_t sample : samples) {
        confidence.push_back(answers.confidence[sample]);
        correct.push_back(answers.correct[sample]);
      }
      std::vector<std::uint32_t> order(count_);
      std::iota(order.begin(), order.end(), 0U);
      std::stable_sort(order.begin(), order.end(), [&confidence](std::uint32_t a, std::uint32_t b) {
        return confidence[a] > confidence[b];
      });
      confidence_.push_back(std::move(confidence));
      correct_.push_back(std::move(correct));
      order_.push_back(std::move(order));
    }
  }

  CascadeFront run() {
    Prefix all;
    all.left.assign(count_, 1);
    all.count = count_;
    const std::size_t most = std::min({question_.stages, problem_.candidates.size(), std::size_t{6}});
    CascadeFront front;
    for (std::size_t stages = 1; stages <= most; ++stages) {
      stages_ = stages;
      effort_ = stages <= 2 ? std::numeric_limits<std::int64_t>::max() : question_.effort;
      coarse_ = 0;
      extend(all);
      if (effort_ >= 0) continue;
      front.exact = false;
      coarse_ = coarse_levels(stages);
      effort_ = std::numeric_limits<std::int64_t>::max();
      extend(all);
    }
    if (!front.exact) polish();
    for (Cascade& cascade : table_.front()) {
      CascadeResult tuned = evaluate(problem_, scores_, cascade, samples_);
      front.points.push_back({std::move(cascade), std::move(tuned)});
    }
    return front;
  }

 private:
  /// Thresholds per stage before the last one that keep the work near the effort.
  std::size_t coarse_levels(std::size_t stages) const {
    double orders = 1;
    for (std::size_t i = 0; i < stages; ++i) orders *= static_cast<double>(problem_.candidates.size() - i);
    const double each = static_cast<double>(question_.effort) / (orders * static_cast<double>(count_));
    const double levels = std::pow(std::max(each, 1.0), 1.0 / static_cast<double>(stages - 2));
    return static_cast<std::size_t>(std::max(4.0, levels));
  }

  bool usable(const Prefix& prefix, std::size_t candidate) const {
    const Candidate& next = problem_.candidates[candidate];
    if (prefix.place == Place::server && next.place == Place::device) return false;
    return std::none_of(prefix.stages.begin(), prefix.stages.end(), [&](const Stage& stage) {
      return problem_.candidates[stage.candidate].answers == next.answers;
    });
  }

  /// Sums of the same numbers in another order may differ in the last place.
  bool in_time(double seconds) const { return seconds <= question_.longest.value * (1 + 1e-12); }

  bool within(const Spent& spent) const {
    for (std::size_t i = 0; i < spendings; ++i) {
      if (question_.most[i] < infinity &&
          spent[i] > question_.most[i] * static_cast<double>(count_) * (1 + 1e-12)) {
        return false;
      }
    }
    return true;
  }

  Spent after(const Spent& spent, std::size_t count, const Spent& step) const {
    Spent sum = spent;
    for (std::size_t i = 0; i < spendings; ++i) sum[i] += static_cast<double>(count) * step[i];
    return sum;
  }

  void offer(std::size_t correct, const Spent& spent, const Cascade& stages, std::size_t last) {
    if (!table_.beaten_by(correct, spent[primary_]) || !within(spent)) return;
    Cascade cascade = stages;
    cascade.push_back({.candidate = last});
    table_.keep(correct, spent[primary_], std::move(cascade));
  }

  /// The prefix with every candidate as its last stage and, while stages are left, with every threshold.
  void extend(const Prefix& prefix) {
    for (std::size_t c = 0; c < problem_.candidates.size() && effort_ >= 0; ++c) {
      if (!usable(prefix, c)) continue;
      const Spent step = step_cost(problem_, prefix.place, problem_.candidates[c]);
      if (!in_time(prefix.longest + step[0])) continue;
      Prefix next = prefix;
      next.spent = after(prefix.spent, prefix.count, step);
      next.longest += step[0];
      next.place = problem_.candidates[c].place;
      if (!within(next.spent)) continue;
      std::vector<std::uint32_t> queue;
      std::size_t right = 0;
      for (const std::uint32_t i : order_[c]) {
        if (prefix.left[i] == 0) continue;
        queue.push_back(i);
        right += correct_[c][i];
      }
      effort_ -= static_cast<std::int64_t>(count_);
      offer(prefix.correct + right, next.spent, prefix.stages, c);
      const std::size_t depth = prefix.stages.size() + 1;
      if (depth >= stages_) continue;
      next.stages.push_back({.candidate = c});
      if (depth + 1 == stages_) {
        sweep(next, queue);
      } else {
        walk(next, queue);
      }
    }
  }

  /// The end of the group of equally sure samples that begins at `begin`.
  std::size_t group_end(std::size_t candidate, std::span<const std::uint32_t> queue,
                        std::size_t begin) const {
    const std::vector<double>& sure = confidence_[candidate];
    std::size_t end = begin + 1;
    while (end < queue.size() && sure[queue[end]] == sure[queue[begin]]) ++end;
    return end;
  }

  bool all_right(std::size_t candidate, std::span<const std::uint32_t> group) const {
    return std::all_of(group.begin(), group.end(),
                       [&](std::uint32_t i) { return correct_[candidate][i] != 0; });
  }

  double threshold_at(std::size_t candidate, std::span<const std::uint32_t> queue, std::size_t begin) const {
    return threshold_between(confidence_[candidate][queue[begin - 1]], confidence_[candidate][queue[begin]]);
  }

  /// The prefix's last stage with every threshold, and every candidate behind it as the last.
  void sweep(Prefix& prefix, std::span<const std::uint32_t> queue) {
    const std::size_t first = prefix.stages.back().candidate;
    for (std::size_t last = 0; last < problem_.candidates.size(); ++last) {
      if (!usable(prefix, last)) continue;
      const Spent step = step_cost(problem_, prefix.place, problem_.candidates[last]);
      if (!in_time(prefix.longest + step[0])) continue;
      std::size_t either = 0;
      std::size_t correct = prefix.correct;
      for (const std::uint32_t i : queue) {
        either += correct_[first][i] | correct_[last][i];
        correct += correct_[last][i];
      }
      effort_ -= 2 * static_cast<std::int64_t>(queue.size());
      if (table_.cost(prefix.correct + either) <= prefix.spent[primary_] + step[primary_]) continue;
      for (std::size_t begin = 0; begin < queue.size();) {
        const std::size_t end = group_end(first, queue, begin);
        if (begin > 0 && !all_right(first, queue.subspan(begin, end - begin))) {
          const double cost =
              prefix.spent[primary_] + static_cast<double>(queue.size() - begin) * step[primary_];
          if (table_.beaten_by(correct, cost)) {
            prefix.stages.back().threshold = threshold_at(first, queue, begin);
            offer(correct, after(prefix.spent, queue.size() - begin, step), prefix.stages, last);
          }
        }
        for (; begin < end; ++begin) {
          correct += correct_[first][queue[begin]];
          correct -= correct_[last][queue[begin]];
        }
      }
    }
  }

  /// The prefix's last stage with its thresholds, and everything that can follow.
  void walk(Prefix& prefix, std::span<const std::uint32_t> queue) {
    const std::size_t own = prefix.stages.back().candidate;
    std::vector<std::uint8_t> hope(count_);
    double cheapest_step = infinity;
    for (std::size_t c = 0; c < problem_.candidates.size(); ++c) {
      if (!usable(prefix, c)) continue;
      cheapest_step =
          std::min(cheapest_step, step_cost(problem_, prefix.place, problem_.candidates[c])[primary_]);
      for (const std::uint32_t i : queue) hope[i] |= correct_[c][i];
    }
    std::size_t hoped = 0;
    for (const std::uint32_t i : queue) hoped += hope[i];
    const std::size_t stride = coarse_ == 0 ? 1 : std::max<std::size_t>(1, queue.size() / coarse_);
    std::size_t next = stride;
    for (std::size_t begin = 0; begin < queue.size() && effort_ >= 0;) {
      const std::size_t end = group_end(own, queue, begin);
      if (begin > 0 && begin >= next && !all_right(own, queue.subspan(begin, end - begin))) {
        next = begin + stride;
        prefix.count = queue.size() - begin;
        const double least = prefix.spent[primary_] + static_cast<double>(prefix.count) * cheapest_step;
        if (table_.cost(prefix.correct + hoped) > least) {
          prefix.stages.back().threshold = threshold_at(own, queue, begin);
          extend(prefix);
        }
      }
      for (; begin < end; ++begin) {
        prefix.left[queue[begin]] = 0;
        prefix.correct += correct_[own][queue[begin]];
        hoped -= hope[queue[begin]];
      }
    }
  }

  /// Moves every threshold of the front to its best places, the others held, until nothing changes or the
  /// effort is spent once more.
  void polish() {
    effort_ = question_.effort;
    constexpr int most_rounds = 50;
    for (int round = 0; round < most_rounds; ++round) {
      const std::int64_t before = table_.changes();
      for (const Cascade& cascade : table_.front()) {
        for (std::size_t stage = 0; stage + 1 < cascade.size() && effort_ >= 0; ++stage) {
          polish(cascade, stage);
          effort_ -= static_cast<std::int64_t>(count_ * cascade.size());
        }
      }
      if (table_.changes() == before || effort_ < 0) return;
    }
  }

  void polish(const Cascade& cascade, std::size_t moved) {
    std::vector<Spent> steps;
    Place place = Place::device;
    for (const Stage& stage : cascade) {
      steps.push_back(step_cost(problem_, place, problem_.candidates[stage.candidate]));
      place = problem_.candidates[stage.candidate].place;
    }
    std::size_t correct = 0;
    Spent spent{};
    std::vector<std::uint32_t> queue;        // samples that reach the stage
    std::vector<std::size_t> later(count_);  // the stage that would answer them
    const std::size_t own = cascade[moved].candidate;
    for (const std::uint32_t i : order_[own]) {
      std::size_t stage = 0;
      const auto unsure = [&](std::size_t at) {
        return confidence_[cascade[at].candidate][i] < cascade[at].threshold;
      };
      while (stage < moved && unsure(stage)) spent = after(spent, 1, steps[stage++]);
      spent = after(spent, 1, steps[stage]);
      if (stage < moved) {
        correct += correct_[cascade[stage].candidate][i];
        continue;
      }
      queue.push_back(i);
      while (++stage + 1 < cascade.size() && unsure(stage)) spent = after(spent, 1, steps[stage]);
      spent = after(spent, 1, steps[stage]);
      correct += correct_[cascade[stage].candidate][i];
      later[i] = stage;
    }
    for (std::size_t begin = 0; begin < queue.size();) {
      const std::size_t end = group_end(own, queue, begin);
      if (begin > 0 && table_.beaten_by(correct, spent[primary_]) && within(spent)) {
        Cascade better = cascade;
        better[moved].threshold = threshold_at(own, queue, begin);
        table_.keep(correct, spent[primary_], std::move(better));
      }
      for (; begin < end; ++begin) {
        const std::uint32_t i = queue[begin];
        correct += correct_[own][i];
        correct -= correct_[cascade[later[i]].candidate][i];
        for (std::size_t stage = moved + 1; stage <= later[i]; ++stage) {
          for (std::size_t s = 0; s < spendings; ++s) spent[s] -= steps[stage][s];
        }
      }
    }
  }

  const CascadeProblem& problem_;
  const Scores& scores_;
  std::span<const std::uint32_t> samples_;
  const CascadeQuestion& question_;
  std::size_t count_;
  std::size_t primary_;
  Table table_;
  std::vector<std::vector<double>> confidence_;     // by candidate and sample
  std::vector<std::vector<std::uint8_t>> correct_;  // likewise
  std::vector<std::vector<std::uint32_t>> order_;   // samples, the surest first
  std::size_t stages_ = 1;
  std::size_t coarse_ = 0;  // thresholds per outer stage; 0: all
  std::int64_t effort_ = 0;
};

}  // namespace

CascadeFront search_cascades(const CascadeProblem& problem, const Scores& scores,
                             std::span<const std::uint32_t> samples, const CascadeQuestion& question) {
  FORECOST_EXPECTS(!samples.empty(), "a cascade is chosen on at least one sample");
  FORECOST_EXPECTS(question.stages >= 1 && question.stages <= 6, "a cascade has one to six stages");
  return Search(problem, scores, samples, question).run();
}

const CascadePoint* cheapest(const CascadeFront& front, std::size_t samples, double accuracy, double chance) {
  FORECOST_EXPECTS(chance >= 0.5 && chance < 1, "a chance lies between 0.5 and 1");
  for (const CascadePoint& point : front.points) {
    const double low =
        share_interval(static_cast<double>(point.tuned.correct), static_cast<double>(samples), 2 * chance - 1)
            .low;
    if (low >= accuracy - 1e-12) return &point;
  }
  return nullptr;
}

}  // namespace forecost::deployment
