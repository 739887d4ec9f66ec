// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string digits = std::string(FORECOST_SOURCE_DIR) + "/examples/digits_scores.csv";

/// One command, with words that every run of it starts with.
class Command : public ::testing::Test {
 protected:
  Outcome run(const std::vector<std::string>& more) const {
    std::vector<std::string> words = always();
    words.insert(words.end(), more.begin(), more.end());
    return workplace_.run(words);
  }
  json report(std::vector<std::string> more) const {
    more.insert(more.end(), {"--format", "json"});
    const Outcome outcome = run(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }
  virtual std::vector<std::string> always() const = 0;

  Workplace workplace_;
};

class CascadeCommand : public Command {
 protected:
  std::vector<std::string> always() const override {
    return {"cascade", digits, "--time", "tiny=10us", "--time", "small=20us", "--time", "big=400us"};
  }
};

TEST_F(CascadeCommand, WithoutLimitsItSavesTimeAtNoLossOnWhatItWasChosenOn) {
  const json found = report({});
  EXPECT_TRUE(found.at("exact"));
  EXPECT_GE(found.at("chosen").at("tuned_accuracy"), found.at("alone").at("tuned_accuracy"));
  EXPECT_LT(found.at("chosen").at("time_ms"), found.at("alone").at("time_ms"));
  EXPECT_EQ(found.at("tuning_samples").get<int>() + found.at("reported_samples").get<int>(), 899);
}

TEST_F(CascadeCommand, AnAccuracyLimitGivesTheCheapestThatHoldsIt) {
  const json loose = report({"--under", "accuracy >= 90 %"});
  const json tight = report({"--under", "accuracy >= 95 %"});
  EXPECT_GE(loose.at("chosen").at("tuned_accuracy"), 0.9);
  EXPECT_GE(tight.at("chosen").at("tuned_accuracy"), 0.95);
  EXPECT_LT(loose.at("chosen").at("time_ms"), tight.at("chosen").at("time_ms"));
  const json sure = report({"--under", "accuracy >= 95 %", "--chance", "0.9"});
  EXPECT_GT(sure.at("chosen").at("tuned_accuracy"), tight.at("chosen").at("tuned_accuracy"));
}

TEST_F(CascadeCommand, ACostLimitGivesTheMostAccurateThatHoldsIt) {
  const json found = report({"--under", "time <= 100us", "--under", "longest <= 420us"});
  EXPECT_LE(found.at("chosen").at("longest_ms"), 0.4201);
  EXPECT_GT(found.at("chosen").at("tuned_accuracy"), 0.9);
  const json frugal = report({"--power", "2W", "--under", "energy <= 100uJ"});
  EXPECT_GT(frugal.at("chosen").at("energy_mj"), 0);
  EXPECT_THAT(frugal.at("warnings").dump(), HasSubstr("declared"));
}

TEST_F(CascadeCommand, AServerTakesPartWithItsLink) {
  const std::vector<std::string> link{"--server-time", "big=50us",    "--sample-size",
                                      "64B",           "--bandwidth", "10 Mbit/s"};
  std::vector<std::string> near = link;
  near.insert(near.end(), {"--round-trip", "20us"});
  EXPECT_THAT(report(near).at("chosen").at("cascade").get<std::string>(), HasSubstr("big@server"));
  std::vector<std::string> far = link;
  far.insert(far.end(), {"--round-trip", "20ms"});
  EXPECT_FALSE(report(far).at("chosen").contains("sent_bytes"));
}

TEST_F(CascadeCommand, WritesThePicture) {
  EXPECT_EQ(run({"--picture", "front.svg"}).exit_code, 0);
  std::ostringstream svg;
  svg << std::ifstream(workplace_.folder() / "front.svg").rdbuf();
  EXPECT_THAT(svg.str(), StartsWith("<svg"));
  EXPECT_EQ(run({"--picture", "no/such/folder/front.svg"}).exit_code, 1);
}

TEST_F(CascadeCommand, WhatCannotBeHeldSaysHowFarItGets) {
  const Outcome outcome = run({"--under", "accuracy >= 99.9 %"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("most accurate cascade"));
}

TEST_F(CascadeCommand, MistakesAreNamed) {
  EXPECT_EQ(run({"--time", "huge=5"}).exit_code, 2);  // no unit
  EXPECT_EQ(run({"--time", "=5ms"}).exit_code, 2);
  EXPECT_EQ(run({"--bandwidth", "fast"}).exit_code, 2);
  const Outcome unknown = run({"--time", "bigg=5ms"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'big'?"));
  EXPECT_THAT(run({"--under", "accuracy >= 92"}).err, HasSubstr("92 %"));
  EXPECT_THAT(run({"--under", "speed <= 5"}).err, HasSubstr("limits are accuracy >="));
  EXPECT_THAT(workplace_.run({"cascade", digits, "--time", "tiny=1us"}).err, HasSubstr("--time small=5ms"));
}

/// Two made-up devices, by the roofline: an edge of 20 Gop/s and a cloud of 2 Top/s.
class Split : public Command {
 protected:
  Split() {
    std::filesystem::create_directories(workplace_.folder() / "devices");
    write_device("edge", 2e10);
    write_device("cloud", 2e12);
  }

  void write_device(const std::string& name, double peak) const {
    const json device{{"name", name},
                      {"processor", "made up"},
                      {"cores", 1},
                      {"instruction_set", "avx512_vnni"},
                      {"runtime", "onnxruntime"},
                      {"runtime_version", "1.0"},
                      {"runtime_build", "none"},
                      {"provider", "none"},
                      {"threads", 1},
                      {"pinned_cores", json::array()},
                      {"peak_operations_per_second", {{"float32", peak}}},
                      {"memory", {{{"name", "DRAM"}, {"capacity_bytes", 0}, {"bytes_per_second", peak / 4}}}},
                      {"node_overhead_s", 0},
                      {"run_overhead_s", 1e-5},
                      {"memory_model",
                       {{"base_bytes", 0},
                        {"loading", json::object()},
                        {"kept", json::object()},
                        {"node_bytes", 0},
                        {"activations", 1},
                        {"relative_error", 0}}},
                      {"median_over_minimum", 1}};
    const json file{
        {"format", "forecost.predictor"},
        {"version", 2},
        {"family", "roofline"},
        {"family_format", 1},
        {"device", device},
        {"provenance",
         {{"created", ""}, {"command", ""}, {"forecost_version", ""}, {"kernels", 0}, {"networks", 0}}},
        {"content", {{"rule", nullptr}, {"kernel_width", 1}, {"network_width", 1}}}};
    workplace_.write("devices/" + name + ".json", file.dump());
  }
  std::vector<std::string> always() const override {
    return {"--home", workplace_.folder().string(), "split", "zoo:alexnet", "--on", "edge", "--lowering",
            "rules"};
  }
};

TEST_F(Split, FollowsTheBandwidthFromTheEdgeToTheServer) {
  const json found = report({"--server", "cloud", "--bandwidth", "10 Mbit/s", "--bandwidth", "1 kbit/s",
                             "--bandwidth", "100 Gbit/s"});
  const json& rows = found.at("bandwidths");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].at("cut"), "edge only");
  EXPECT_EQ(rows[2].at("cut"), "server only");
  EXPECT_EQ(found.at("complete"), true);
  EXPECT_EQ(found.at("edge"), "edge");
  double least = 1e300;
  for (const json& cut : found.at("cuts")) least = std::min(least, cut.at("latency_ms").get<double>());
  EXPECT_EQ(found.at("chosen").at("latency_ms"), least);
}

TEST_F(Split, FewerBitsSendLess) {
  const auto sent = [this](const std::string& bits) {
    const json cuts =
        report({"--server-factor", "100", "--bandwidth", "10 Mbit/s", "--bits", bits}).at("cuts");
    return cuts.at(1).at("sent_bytes").get<int>();
  };
  EXPECT_EQ(sent("32"), 4 * sent("8"));
}

TEST_F(Split, EnergyRestsOnDeclaredPowersAndLimitsHold) {
  const std::vector<std::string> powers{"--server-factor", "100", "--bandwidth",   "10 Mbit/s",
                                        "--edge-power",    "4W",  "--radio-power", "1.3W",
                                        "--idle-power",    "1W"};
  const json fast = report(powers);
  std::vector<std::string> frugal_words = powers;
  frugal_words.insert(frugal_words.end(), {"--minimise", "energy"});
  const json frugal = report(frugal_words);
  EXPECT_LE(frugal.at("chosen").at("energy_mj"), fast.at("chosen").at("energy_mj"));
  EXPECT_LE(fast.at("chosen").at("latency_ms"), frugal.at("chosen").at("latency_ms"));
  std::vector<std::string> hopeless = powers;
  hopeless.insert(hopeless.end(), {"--under", "latency <= 1 us"});
  const Outcome outcome = run(hopeless);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("the fastest takes"));
}

TEST_F(Split, EnergyIsNotMadeUpWhereTheEdgeForecastsNone) {
  const Outcome outcome = run({"--server-factor", "100", "--bandwidth", "10 Mbit/s", "--minimise", "energy"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("--edge-power"));
}

TEST(SplitCommand, TheEdgeForecastsItsEnergyWhereItCan) {
  const Workplace workplace;
  const Outcome outcome =
      workplace.run({"split", "zoo:lenet5", "--on", "eyeriss", "--lowering", "rules", "--server-factor",
                     "100", "--bandwidth", "1 MB/s", "--minimise", "energy", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  double most = 0;
  const json found = json::parse(outcome.out);
  for (const json& cut : found.at("cuts")) most = std::max(most, cut.at("energy_mj").get<double>());
  EXPECT_GT(most, 0);  // all on the edge
}

TEST_F(Split, WritesThePicture) {
  EXPECT_EQ(run({"--server-factor", "9", "--bandwidth", "1 MB/s", "--picture", "cuts.svg"}).exit_code, 0);
  std::ostringstream svg;
  svg << std::ifstream(workplace_.folder() / "cuts.svg").rdbuf();
  EXPECT_THAT(svg.str(), StartsWith("<svg"));
}

TEST(SplitCommand, WithoutACalibratedDeviceItSaysHowToGetOne) {
  const Workplace workplace;
  const Outcome outcome =
      workplace.run({"split", "zoo:lenet5", "--server-factor", "10", "--bandwidth", "1 MB/s"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("forecost calibrate"));
}

TEST(SplitCommand, MistakesAreNamed) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"split", "zoo:lenet5", "--server-factor", "10"}).exit_code, 2);
  EXPECT_EQ(workplace.run({"split", "zoo:lenet5", "--bandwidth", "10"}).exit_code, 2);
  const auto complaint = [&workplace](std::vector<std::string> more) {
    std::vector<std::string> words{"split", "zoo:lenet5", "--bandwidth", "1 MB/s"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = workplace.run(words);
    EXPECT_EQ(outcome.exit_code, 1);
    return outcome.err;
  };
  EXPECT_THAT(complaint({}), HasSubstr("--server-factor 10"));
  EXPECT_THAT(complaint({"--server-factor", "2", "--under", "memory <= 5"}),
              HasSubstr("latency <= and energy <="));
}

/// Accuracy grows with both widths, with the first one more.
class Compress : public ::testing::Test {
 protected:
  Compress() {
    std::string table = "first,second,error,alive.first,alive.second\n";
    for (int first = 8; first <= 64; first += 8) {
      for (int second = 8; second <= 64; second += 8) {
        table += std::to_string(first) + "," + std::to_string(second) + "," +
                 std::to_string(1.0 / first + 0.1 / second) + "," + std::to_string(3 * first / 4) + "," +
                 std::to_string(second) + "\n";
      }
    }
    workplace_.write("t.csv", table);
    workplace_.write("s.toml", R"toml(
minimise = ["error"]
limits = ["parameters <= 30 k"]
[parameters]
first = { type = "integer", low = 8, high = 64 }
second = { type = "integer", low = 8, high = 64 }
[network]
input = [784]
layers = [{ type = "linear", features = "$first" }, { type = "linear", features = "$second" }, { type = "linear", features = 10 }]
[objective]
table = "t.csv"
)toml");
  }
  json report(const std::string& method) const {
    const Outcome outcome = workplace_.run({"compress", "s.toml", "--method", method, "--format", "json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  Workplace workplace_;
};

TEST_F(Compress, NarrowsUntilTheLimitHoldsAndBeatsOneFactor) {
  const json adapted = report("netadapt");
  EXPECT_THAT(adapted.at("end").get<std::string>(), HasSubstr("the limit holds"));
  EXPECT_LE(adapted.at("best").at("metrics").at("parameters"), 30000);
  const json uniform = report("uniform");
  EXPECT_EQ(uniform.at("trial_count"), 1);
  EXPECT_LE(adapted.at("best").at("metrics").at("error"), uniform.at("best").at("metrics").at("error"));
}

TEST_F(Compress, ClippedRatiosNeverBreakTheLimitAndBeatOneFactor) {
  const json clipped = report("amc");
  EXPECT_GT(clipped.at("trial_count"), 10);
  EXPECT_EQ(clipped.at("feasible_share"), 1);
  EXPECT_LT(clipped.at("best").at("metrics").at("error"),
            report("uniform").at("best").at("metrics").at("error"));
}

TEST_F(Compress, MorphNetMovesChannelsToWhereTheRegulariserLeavesThem) {
  const json morphed = report("morphnet");
  EXPECT_THAT(morphed.at("end").get<std::string>(), HasSubstr("the widths no longer change"));
  EXPECT_LT(morphed.at("best").at("metrics").at("error"),
            report("uniform").at("best").at("metrics").at("error"));
}

TEST_F(Compress, GoesOnWhereItStopped) {
  ASSERT_EQ(workplace_.run({"compress", "s.toml", "--trials", "4", "--quiet"}).exit_code, 0);
  const json whole = report("netadapt");
  EXPECT_GT(whole.at("trial_count"), 4);
  EXPECT_THAT(workplace_.run({"study", "list"}).out, HasSubstr("s-netadapt"));
}

TEST_F(Compress, AnUnknownWidthIsRefused) {
  const Outcome outcome = workplace_.run({"compress", "s.toml", "--widths", "frist"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("'first'"));
}

}  // namespace
}  // namespace forecost::app_tests
