// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"

namespace forecost::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* good = R"toml(trials = 30
seed = 7
devices = ["pi", "server"]
strategy = "random"
minimise = ["error", "latency@pi"]
limits = ["latency@pi <= 5 ms", "memory@server <= 1.15 GB", "parameters <= 2e6", "energy <= 50 mJ",
          "width * depth <= 512", "width <= depth * 40"]

[parameters]
width = { type = "integer", low = 8, high = 64, log = true }
kind = { type = "categorical", choices = ["plain", "residual"] }
depth = { type = "integer", low = 1, high = 4, when = { kind = "residual" } }
rate = { type = "real", low = 1e-4, high = 0.1, log = true }

[network]
input = [3, 32, 32]
layers = [
  { type = "conv", channels = "$width", stride = 2 },
  { type = "residual", channels = "$width * 2", repeat = "$depth", stride = 2 },
  { type = "global_average_pool" },
  { type = "linear", features = 10 },
]

[objective]
command = "python3 train.py"
time_out = "10 min"
)toml";

Error error_of(const std::string& text) {
  const Result<StudyFile> study = parse_study(text, "s.toml");
  return study ? Error{Fault::failed, "nothing is wrong", "", ""} : study.error();
}

/// The good file with one text in place of another.
Error changed(const std::string& from, const std::string& to) {
  std::string text = good;
  const std::size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return error_of(text.replace(place, from.size(), to));
}

TEST(StudyFile, HoldsWhatIsWritten) {
  const Result<StudyFile> read = parse_study(good, "folder/s.toml");
  ASSERT_TRUE(read.has_value()) << to_string(read.error());
  const StudyFile& study = *read;
  EXPECT_EQ(study.name, "s");
  EXPECT_EQ(study.trials, 30);
  EXPECT_EQ(study.seed, 7U);
  EXPECT_EQ(study.strategy, "random");
  ASSERT_EQ(study.space.size(), 4U);
  EXPECT_EQ(study.space[0].name, "width");  // the order of the file, not of the alphabet
  EXPECT_EQ(study.space[1].name, "kind");
  EXPECT_EQ(study.space[2].when->values, std::vector<double>{1});
  EXPECT_EQ(study.objective.command, std::vector<std::string>{"python3 train.py"});
  EXPECT_EQ(study.objective.time_out, Seconds(600));
}

TEST(StudyFile, TellsKnownLimitsFromThoseThatTrialsTeach) {
  const StudyFile study = parse_study(good, "s.toml").value();
  ASSERT_EQ(study.limits.size(), 6U);
  std::vector<bool> known;
  for (const Limit& limit : study.limits) known.push_back(limit.known);
  EXPECT_THAT(known, ElementsAre(true, true, true, false, true, true));
  EXPECT_DOUBLE_EQ(study.limits[0].bound, 0.005);
  EXPECT_DOUBLE_EQ(study.limits[1].bound, 1.15e9);
  EXPECT_DOUBLE_EQ(study.limits[3].bound, 0.05);
  EXPECT_EQ(study.limits[4].metric, "width * depth");
  EXPECT_EQ(study.limits[4].bound, 512);
  ASSERT_EQ(study.known.size(), 6U);  // five limits and an objective
  EXPECT_EQ(study.known[1].device, "server");
  EXPECT_EQ(study.known[5].device, "pi");
  EXPECT_THAT(study.known_objectives, ElementsAre(1));
}

TEST(StudyFile, ReadsFromWhichValueOnAnObjectiveIsWorthSomething) {
  const auto study = parse_study(
      "minimise = [\"error <= 25\", \"loss\"]\n[parameters]\nx = { type = \"real\", low = 0, high = 1 }\n"
      "[objective]\ncommand = \"true\"\n",
      "s.toml");
  ASSERT_TRUE(study.has_value()) << to_string(study.error());
  EXPECT_EQ(study->objectives[0].metric, "error");
  EXPECT_EQ(study->objectives[0].worst, 25.0);
  EXPECT_FALSE(study->objectives[1].worst);
}

TEST(StudyFile, BuildsTheNetworkOfADesign) {
  const StudyFile study = parse_study(good, "s.toml").value();
  const auto network = study.network({{16, 1, 2, 0.01}});
  ASSERT_TRUE(network.has_value()) << to_string(network.error());
  const auto layers = layer::infer(*network);
  ASSERT_TRUE(layers.has_value());
  const auto output = layers->tensor("output");
  ASSERT_NE(output, nullptr);
  EXPECT_EQ(output->shape, (network::Shape{1, 10}));
}

TEST(StudyFile, TakesABuiltInSpaceWithMoreParameters) {
  const auto study = parse_study(
      "minimise = \"error\"\n[network]\nspace = \"hyperpower_mnist\"\n[parameters]\nbatch = { type = "
      "\"ordinal\", choices = [32, 64] }\n",
      "s.toml");
  ASSERT_TRUE(study.has_value()) << to_string(study.error());
  EXPECT_EQ(study->space.size(), 7U);
  EXPECT_TRUE(study->network(study->space.repaired({})).has_value());
}

TEST(StudyFile, GivesLineColumnAndRemedyOfAWrongKey) {
  const Error error = changed("low = 1e-4", "lwo = 1e-4");
  EXPECT_EQ(error.fault, Fault::bad_input);
  EXPECT_THAT(error.where, StartsWith("s.toml:13:"));
  EXPECT_THAT(error.what, HasSubstr("'lwo'"));
  EXPECT_THAT(error.hint, HasSubstr("'low'"));
  EXPECT_THAT(changed("trials = 30", "trails = 30").hint, HasSubstr("'trials'"));
  EXPECT_EQ(changed("trials = 30", "trails = 30").where, "s.toml:1:1");
}

TEST(StudyFile, GivesThePlaceOfBrokenToml) {
  const Error error = changed("seed = 7", "seed = ");
  EXPECT_THAT(error.where, StartsWith("s.toml:2:"));
}

struct Mistake {
  const char* from;
  const char* to;
  const char* what;
  const char* hint;
};

class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreNamedWithTheirPlaceAndARemedy) {
  const Mistake& mistake = GetParam();
  const Error error = changed(mistake.from, mistake.to);
  EXPECT_EQ(error.fault, Fault::bad_input);
  EXPECT_THAT(error.what, HasSubstr(mistake.what));
  EXPECT_THAT(error.hint, HasSubstr(mistake.hint));
  EXPECT_THAT(error.where, StartsWith("s.toml"));
}

INSTANTIATE_TEST_SUITE_P(
    StudyFile, Mistakes,
    ::testing::Values(Mistake{"\"random\"", "\"randm\"", "no strategy 'randm'", "'random'"},
                      Mistake{"5 ms", "5 mss", "no unit 'mss'", "ms"},
                      Mistake{"latency@pi <=", "latency@pj <=", "'pj'", "'pi'"},
                      Mistake{"latency@pi <=", "latency <=", "which device", "latency@pi"},
                      Mistake{"latency@pi <=", "latency@pi <", "no limit", "<="},
                      Mistake{"parameters <=", "parameters@pi <=", "same on every device", "without @"},
                      Mistake{"width * depth", "width * dept", "'dept'", "'depth'"},
                      Mistake{"width * depth", "width * kind", "is a text", "numbers"},
                      Mistake{"low = 8", "low = 80", "empty", "low end"},
                      Mistake{"low = 8", "low = 0", "logarithm", "log"},
                      Mistake{"low = 8, ", "", "no 'low'", "low"},
                      Mistake{"\"integer\"", "\"int\"", "no type 'int'", "integer"},
                      Mistake{"kind = \"residual\"", "kind = \"square\"", "never", "plain"},
                      Mistake{"kind = \"residual\"", "rate = 1", "does not come earlier", "width"},
                      Mistake{"\"conv\"", "\"cnov\"", "no layer 'cnov'", "'conv'"},
                      Mistake{"stride = 2 }", "stirde = 2 }", "'stirde'", "'stride'"},
                      Mistake{"\"$width\"", "\"$wdith\"", "'wdith'", "'width'"},
                      Mistake{"\"$width\"", "\"wide\"", "the field is", "$width"},
                      Mistake{"channels = \"$width\", ", "", "no 'channels'", "channels"},
                      Mistake{"10 min", "10", "no duration", "10 min"},
                      Mistake{"command =", "comand =", "'comand'", "'command'"},
                      Mistake{"command = \"python3 train.py\"", "table = \"t.csv\"\ncommand = \"x\"",
                              "one of command, table and trainer", "command"},
                      Mistake{"seed = 7", "early_stop = \"medain\"", "no early stop", "'median'"},
                      Mistake{"seed = 7", "early_stop = { steps = 3 }", "no 'rule'", "rule"},
                      Mistake{"trials = 30", "trials = 0", "'trials' is 0", "1 ..."},
                      Mistake{"trials = 30", "trials = \"many\"", "a text", "whole number"},
                      Mistake{"minimise = [\"error\", \"latency@pi\"]", "", "no objective", "minimise"}));

TEST(StudyFile, SaysWhereAFileIsMissing) {
  const auto study = read_study("no/such/study.toml");
  ASSERT_FALSE(study.has_value());
  EXPECT_EQ(study.error().fault, Fault::not_found);
  EXPECT_EQ(study.error().where, "no/such/study.toml");
}

}  // namespace
}  // namespace forecost::search
