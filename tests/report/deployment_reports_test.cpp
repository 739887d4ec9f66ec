// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/report/cascade_report.h"
#include "forecost/report/split_report.h"

namespace forecost::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// The small network is right on three of four, and unsure where it is wrong; both halves are alike.
class CascadeReport : public ::testing::Test {
 protected:
  CascadeReport() {
    scores_.networks = {{"small", {}, {}}, {"big", {}, {}}};
    for (std::uint32_t i = 0; i < 80; ++i) {
      scores_.samples.push_back(std::to_string(i));
      scores_.networks[0].confidence.push_back(i % 4 == 0 ? 0.1 : 0.9);
      scores_.networks[0].correct.push_back(i % 4 == 0 ? 0 : 1);
      scores_.networks[1].confidence.push_back(1);
      scores_.networks[1].correct.push_back(1);
      (i < 40 ? halves_.tune : halves_.report).push_back(i);
    }
    front_ = deployment::search_cascades(problem_, scores_, halves_.tune, {});
  }
  CascadeView view() const {
    return {.problem = problem_,
            .scores = scores_,
            .halves = halves_,
            .front = front_,
            .chosen = &front_.points.back(),
            .goal = "least time"};
  }

  deployment::Scores scores_;
  deployment::Halves halves_;
  std::vector<deployment::Candidate> candidates_{
      {"small", 0, deployment::Place::device, Seconds(1e-3), std::nullopt},
      {"big", 1, deployment::Place::device, Seconds(8e-3), std::nullopt}};
  deployment::CascadeProblem problem_{.candidates = candidates_};
  deployment::CascadeFront front_;
};

TEST_F(CascadeReport, TellsTheChosenCascadeStageByStage) {
  const json report = json::parse(render(cascade_report(view(), 0), {.format = Format::json}));
  EXPECT_EQ(report.at("format"), "forecost.cascade");
  EXPECT_EQ(report.at("tuning_samples"), 40);
  EXPECT_EQ(report.at("chosen").at("accuracy"), 1);
  EXPECT_DOUBLE_EQ(report.at("chosen").at("time_ms").get<double>(), 1 + 0.25 * 8);
  EXPECT_EQ(report.at("alone").at("cascade"), "big");
  EXPECT_DOUBLE_EQ(report.at("saving_factor").get<double>(), 8.0 / 3);
  ASSERT_EQ(report.at("stages").size(), 2U);
  EXPECT_EQ(report.at("stages")[0].at("answered_share"), 0.75);
  EXPECT_DOUBLE_EQ(report.at("stages")[0].at("threshold").get<double>(), 0.5);
  EXPECT_TRUE(report.at("stages")[1].at("threshold").is_null());
  EXPECT_TRUE(report.at("stages")[1].at("energy_mj").is_null());
  EXPECT_EQ(report.at("front").size(), 2U);
  EXPECT_EQ(report.at("front")[0].at("chosen"), false);
  EXPECT_EQ(report.at("front")[1].at("chosen"), true);
  EXPECT_EQ(report.at("networks").size(), 2U);
  EXPECT_FALSE(report.contains("shown"));
}

TEST_F(CascadeReport, WarnsOfFewSamplesAndOfAnAccuracyThatDoesNotHoldOnNewOnes) {
  for (const std::uint32_t sample : halves_.report)
    scores_.networks[1].correct[sample] = sample % 8 == 0 ? 0 : 1;
  CascadeView missed = view();
  missed.accuracy = 0.99;
  const std::string text = render(cascade_report(missed, 0), {});
  EXPECT_THAT(text, HasSubstr("it is right in 87.5 %, not in 99.0 %"));
  EXPECT_THAT(text, HasSubstr("give more samples"));
}

TEST_F(CascadeReport, ColumnsWithoutContentsAreForMachines) {
  EXPECT_THAT(render(cascade_report(view(), 0), {}), Not(HasSubstr("energy")));
  EXPECT_THAT(render(cascade_report(view(), 0), {.format = Format::csv}), HasSubstr("energy_mj"));
}

TEST_F(CascadeReport, ThePictureShowsNetworksAndTheChosenCascade) {
  const std::string svg = cascade_picture(view());
  EXPECT_THAT(svg, HasSubstr(">big</text>"));
  EXPECT_THAT(svg, HasSubstr("small &gt;= 0.5, big"));
  EXPECT_THAT(svg, HasSubstr("mean time per sample"));
}

class SplitReport : public ::testing::Test {
 protected:
  SplitReport() {
    problem_.graph.pieces = {{{"conv", "relu"}, Seconds(1), Seconds(0.1)},
                             {{"pool"}, Seconds(1), Seconds(0.1)}};
    problem_.graph.parcels = {{"image", std::nullopt, {0}, Bytes(1000), false},
                              {"features", 0, {1}, Bytes(10), false},
                              {"scores", 1, {}, Bytes(4), true}};
    problem_.link = {.up = 100, .down = 100, .round_trip = Seconds(0.01)};
    problem_.edge_power = Watts(2);
    set_ = deployment::list_splits(problem_);
  }
  SplitView view() const {
    return {.problem = problem_,
            .splits = set_,
            .chosen = deployment::choose(set_.splits, {}, deployment::SplitAim::latency),
            .network = "net",
            .edge = "pi",
            .server = "10 x pi",
            .goal = "least latency"};
  }

  deployment::SplitProblem problem_;
  deployment::SplitSet set_;
};

TEST_F(SplitReport, TellsTheCutAndWhatItSends) {
  const json report = json::parse(render(split_report(view(), 0), {.format = Format::json}));
  EXPECT_EQ(report.at("format"), "forecost.split");
  EXPECT_EQ(report.at("chosen").at("cut"), "after relu");
  EXPECT_EQ(report.at("chosen").at("tensors"), json::array({"features"}));
  EXPECT_EQ(report.at("chosen").at("sent_bytes"), 10);
  EXPECT_NEAR(report.at("chosen").at("latency_ms").get<double>(), 1000 + 100 + 10 + 40 + 100, 1e-6);
  ASSERT_EQ(report.at("cuts").size(), 3U);
  EXPECT_EQ(report.at("cuts")[0].at("cut"), "server only");
  EXPECT_EQ(report.at("cuts")[2].at("cut"), "edge only");
  EXPECT_EQ(report.at("cuts")[1].at("chosen"), true);
  EXPECT_TRUE(report.at("cuts")[1].at("energy_mj").is_null());
  EXPECT_FALSE(report.contains("front"));
}

TEST_F(SplitReport, WithADeclaredPowerThereIsEnergyAndItsFront) {
  SplitView declared = view();
  declared.energy = true;
  declared.others = {{12.5, *declared.chosen}};
  const json report = json::parse(render(split_report(declared, 0), {.format = Format::json}));
  EXPECT_EQ(report.at("chosen").at("energy_mj"), 2000);
  EXPECT_FALSE(report.at("front").empty());
  EXPECT_EQ(report.at("bandwidths")[0].at("bandwidth"), 12.5);
  EXPECT_THAT(render(split_report(declared, 0), {}), HasSubstr("declared powers"));
}

TEST_F(SplitReport, ThePictureStacksEdgeLinkAndServer) {
  const std::string svg = split_picture(view());
  EXPECT_THAT(svg, HasSubstr("after relu"));
  EXPECT_THAT(svg, HasSubstr("edge 1.00 s"));
  EXPECT_THAT(svg, HasSubstr("link 150 ms"));
}

TEST(BandwidthText, IsInBits) {
  EXPECT_EQ(bandwidth_text(1.25e6), "10 Mbit/s");
  EXPECT_EQ(bandwidth_text(2e9), "16 Gbit/s");
  EXPECT_EQ(bandwidth_text(125), "1 kbit/s");
}

}  // namespace
}  // namespace forecost::report
