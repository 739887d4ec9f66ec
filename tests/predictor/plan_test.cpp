// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/plan.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

using measurement::Draw;
using testing::Contains;
using testing::HasSubstr;

constexpr double small_work = 2e8;

std::vector<std::string> names_of(const std::vector<Draw>& draws) {
  std::vector<std::string> names;
  for (const Draw& draw : draws) names.push_back(draw.name());
  return names;
}

/// Every kernel takes a microsecond; only those of one operator are doubtful.
class DoubtsOne final : public Predictor {
 public:
  explicit DoubtsOne(std::string op) : op_(std::move(op)) { card_.identity.runtime = "onnxruntime"; }

  std::string_view family() const override { return "doubts_one"; }
  const device::Card& card() const override { return card_; }
  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    auto compiled = std::make_unique<Ops>();
    for (const auto& kernel : kernels) compiled->ops.push_back(kernel.op);
    return compiled;
  }
  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    std::vector<KernelForecast> forecasts;
    for (const auto& op : static_cast<const Ops&>(compiled).ops) {
      const Seconds time = from_microseconds(1);
      forecasts.push_back({.time = time, .low = time / (op == op_ ? 2.0 : 1.0), .high = time});
    }
    return forecasts;
  }
  TotalForecast predict_total(const Compiled&) const override { return {}; }
  nlohmann::json save() const override { return {}; }

 private:
  struct Ops final : Compiled {
    std::vector<std::string> ops;
  };
  std::string op_;
  device::Card card_;
};

TEST(Plan, FamiliesGetTheirShares) {
  const std::size_t wanted = 500;
  std::map<std::string, double> drawn;
  double total = 0;
  for (const Draw& draw : Plan({}, small_work, 1).by_prior(wanted)) {
    if (draw.copies > 1) continue;  // one draw with the single copy
    drawn[draw.family] += 1;
    total += 1;
  }
  double shares = 0;
  for (const auto& prior : measurement::prior_list()) shares += prior.share;
  for (const auto& prior : measurement::prior_list()) {
    // Highest averages (D'Hondt) never give less than the quota rounded down.
    const double quota = total * prior.share / shares;
    EXPECT_GE(drawn[std::string(prior.name)], std::floor(quota)) << prior.name;
    EXPECT_LE(drawn[std::string(prior.name)], quota + static_cast<double>(measurement::prior_list().size()))
        << prior.name;
  }
}

TEST(Plan, TheSameSeedMakesTheSamePlan) {
  EXPECT_EQ(names_of(Plan({}, small_work, 3).by_prior(60)), names_of(Plan({}, small_work, 3).by_prior(60)));
}

TEST(Plan, AnotherSeedMakesOtherNetworks) {
  const auto some = names_of(Plan({}, small_work, 1).by_prior(60));
  for (const auto& name : names_of(Plan({}, small_work, 2).by_prior(60)))
    EXPECT_THAT(some, testing::Not(Contains(name)));
}

TEST(Plan, BatchesDoNotMatterToTheOrder) {
  Plan whole({}, small_work, 1), parts({}, small_work, 1);
  auto names = names_of(parts.by_prior(4));
  while (names.size() < 60) {
    for (const auto& name : names_of(parts.by_prior(4))) names.push_back(name);
  }
  // A pair of copies is never torn apart, so a batch may hold one more.
  EXPECT_EQ(names, names_of(whole.by_prior(names.size())));
}

RC_GTEST_PROP(Plan, WhatIsDoneIsNeverPlannedAgain, ()) {
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const auto before = *rc::gen::inRange<std::size_t>(0, 80);
  const auto first = names_of(Plan({}, small_work, seed).by_prior(before));
  std::set<std::string> done(first.begin(), first.end());
  Plan resumed(done, small_work, seed);
  for (int batch = 0; batch < 10; ++batch) {
    for (const Draw& draw : resumed.by_prior(4)) {
      const bool fresh = done.insert(draw.name()).second;
      RC_ASSERT(fresh || draw.copies > 1);
    }
  }
}

TEST(Plan, FamiliesOfSingleOperatorsAreDrawnWithTheirCopies) {
  const auto names = names_of(Plan({}, small_work, 1).by_prior(200));
  int pairs = 0;
  for (const auto& name : names) {
    if (name.rfind("operators-", 0) != 0) continue;
    const auto cross = name.find('x');
    if (cross == std::string::npos) {
      EXPECT_THAT(names, Contains(name + "x5"));
      ++pairs;
    } else {
      EXPECT_THAT(names, Contains(name.substr(0, cross)));
    }
  }
  EXPECT_GT(pairs, 0);
}

TEST(Plan, OutOfAFamilyDoubtChoosesTheNetworksThatHaveTheDoubtfulOperator) {
  const DoubtsOne doubts("LSTM");
  Plan plan({}, small_work, 1);
  int recurrent = 0;
  // Twelve candidates for each: half of all recurrent networks have an LSTM.
  for (const Draw& draw : plan.by_doubt(25, doubts, 25 * 12)) {
    if (draw.family != "recurrent") continue;
    ++recurrent;
    const auto item = plan.item(draw, 0, Bytes(0));
    ASSERT_TRUE(item) << to_string(item.error());
    const auto& nodes = item->network.graph.nodes;
    EXPECT_TRUE(std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node.op == "LSTM"; }))
        << item->name;
  }
  EXPECT_GT(recurrent, 0);
}

TEST(Plan, DoubtNeverChoosesANetworkTwice) {
  const DoubtsOne doubts("Conv");
  Plan plan({}, small_work, 1);
  std::set<std::string> chosen;
  for (int round = 0; round < 3; ++round) {
    for (const Draw& draw : plan.by_doubt(4, doubts, 12))
      EXPECT_TRUE(chosen.insert(draw.name()).second) << draw.name();
  }
  EXPECT_EQ(chosen.size(), 12U);
}

TEST(Plan, AnItemIsTheNetworkOfItsDraw) {
  const Plan plan({}, small_work, 1);
  const auto item = plan.item({.family = "perceptron", .seed = 5}, 0, Bytes(0));
  ASSERT_TRUE(item) << to_string(item.error());
  EXPECT_EQ(item->name, "perceptron-5");
  EXPECT_EQ(item->group, "perceptron-5");
  EXPECT_EQ(item->kind, "calibration");
  EXPECT_FALSE(item->bytes.empty());
  EXPECT_FALSE(item->network.graph.nodes.empty());
}

TEST(Plan, CopiesOfAnOperatorShareTheirGroup) {
  const Plan plan({}, small_work, 1);
  const auto one = plan.item({.family = "operators", .seed = 5}, 0, Bytes(0));
  const auto five = plan.item({.family = "operators", .seed = 5, .copies = 5}, 0, Bytes(0));
  ASSERT_TRUE(one && five);
  EXPECT_NE(one->name, five->name);
  EXPECT_EQ(one->group, five->group);
}

TEST(Plan, CachesAreEmptiedForAboutTheShareAskedForAndNeverForSlopes) {
  const Plan plan({}, small_work, 1);
  const Bytes evict(1 << 20);
  int evicted = 0;
  constexpr int items = 80;
  for (std::uint64_t seed = 0; seed < items; ++seed) {
    const auto item = plan.item({.family = "perceptron", .seed = seed}, 0.25, evict);
    ASSERT_TRUE(item);
    evicted += item->evict == evict ? 1 : 0;
  }
  // Four deviations of a binomial distribution; the draws are the same in every run.
  EXPECT_NEAR(evicted, 0.25 * items, 4 * std::sqrt(items * 0.25 * 0.75));
  EXPECT_EQ(plan.item({.family = "operators", .seed = 3}, 1.0, evict)->evict, Bytes(0));
}

TEST(Plan, AnUnknownFamilyIsNamed) {
  const auto item = Plan({}, small_work, 1).item({.family = "imaginary", .seed = 1}, 0, Bytes(0));
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().fault, Fault::not_found);
  EXPECT_THAT(item.error().what, HasSubstr("imaginary"));
}

}  // namespace
}  // namespace forecost::predictor
