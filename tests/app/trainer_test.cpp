// SPDX-License-Identifier: Apache-2.0
// A search whose designs are trained by the built-in trainer.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* study = R"toml(
trials = 3
strategy = "random"
minimise = ["error"]
limits = ["parameters <= 3000"]
[parameters]
width = { type = "integer", low = 2, high = 8 }
learning_rate = { type = "real", low = 0.01, high = 0.1, log = true }
[network]
input = [1, 12, 12]
layers = [{ type = "conv", channels = "$width", stride = 2 }, { type = "flatten" },
          { type = "linear", features = 10 }]
[objective]
trainer = { train = 100, held_out = 50, epochs = 2, batch = 20 }
)toml";

class Trainer : public ::testing::Test {
 protected:
  Trainer() { workplace_.write("s.toml", study); }
  static bool is_built() {
    return std::filesystem::exists(std::filesystem::path(FORECOST_PROGRAM).parent_path() /
                                   "forecost-trainer");
  }
  /// Trials without what differs between two runs.
  json trials(const std::string& store) const {
    const Outcome ran = workplace_.run({"search", "s.toml", "--study", store});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    json shown =
        json::parse(workplace_.run({"study", "show", "s", "--study", store, "--format", "json"}).out);
    for (json& trial : shown.at("trials")) trial.erase("seconds");
    return shown.at("trials");
  }

  Workplace workplace_;
};

TEST_F(Trainer, SearchesTrainTheirDesignsTheSameWayEachTime) {
  if (!is_built()) GTEST_SKIP() << "skipped: this build has no trainer";
  const json first = trials("a.sqlite");
  ASSERT_EQ(first.size(), 3U);
  for (const json& trial : first) {
    EXPECT_EQ(trial.at("state"), "complete");
    EXPECT_LE(trial.at("metrics").at("parameters").get<double>(), 3000);
    EXPECT_GT(trial.at("metrics").at("error").get<double>(), 0);
    EXPECT_LE(trial.at("metrics").at("error").get<double>(), 1);
  }
  EXPECT_EQ(first, trials("b.sqlite"));
}

TEST_F(Trainer, ThatIsNotThereIsSaidBeforeAnyTrial) {
  const Outcome outcome =
      workplace_.run_on_terminal({"search", "s.toml"}, {"FORECOST_TRAINER=/nowhere/forecost-trainer"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("FORECOST_TRAINER names no program"));
}

TEST_F(Trainer, ListsItsData) {
  const json listed = json::parse(workplace_.run({"list", "data", "--format", "json"}).out);
  ASSERT_EQ(listed.at("data").size(), 3U);
  EXPECT_EQ(listed.at("data").at(0).at("name"), "glyphs");
  EXPECT_EQ(listed.at("data").at(0).at("generated"), true);
}

}  // namespace
}  // namespace forecost::app_tests
