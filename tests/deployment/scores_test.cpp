// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/scores.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::deployment {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScoresFile : public ::testing::Test {
 protected:
  ~ScoresFile() override {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  Result<Scores> read(const std::string& text, Confidence confidence = Confidence::margin) const {
    std::ofstream(file_) << text;
    return read_scores(file_, confidence);
  }

  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() /
      (std::string("forecost_scores_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ScoresFile, ScoresPerClassGiveAnswersAndMargins) {
  const Scores scores =
      read("sample,network,label,score_cat,score_dog,score_cow\na,n,cat,0.7,0.2,0.1\nb,n,cow,0.5,0.5,0\n")
          .value();
  EXPECT_THAT(scores.samples, ElementsAre("a", "b"));
  ASSERT_EQ(scores.networks.size(), 1U);
  EXPECT_THAT(scores.networks[0].confidence, ElementsAre(DoubleNear(0.5, 1e-12), 0));
  EXPECT_THAT(scores.networks[0].correct, ElementsAre(1, 0));
  EXPECT_FALSE(scores.softmax);
}

TEST_F(ScoresFile, ConfidenceMayBeTheTopOrTheEntropy) {
  const std::string text = "sample,network,label,score_0,score_1\na,n,0,0.9,0.1\nb,n,0,0.5,0.5\n";
  EXPECT_THAT(read(text, Confidence::top)->networks[0].confidence, ElementsAre(0.9, 0.5));
  const double entropy = -(0.9 * std::log2(0.9) + 0.1 * std::log2(0.1));
  EXPECT_THAT(read(text, Confidence::entropy)->networks[0].confidence,
              ElementsAre(DoubleNear(1 - entropy, 1e-12), DoubleNear(0, 1e-12)));
}

TEST_F(ScoresFile, ScoresThatAreNoProbabilitiesGoThroughTheSoftmax) {
  const Scores scores = read("sample,network,label,score_0,score_1\na,n,1,1000,1001\n").value();
  EXPECT_TRUE(scores.softmax);
  const double sure = 1 / (1 + std::exp(-1));
  EXPECT_THAT(scores.networks[0].confidence, ElementsAre(DoubleNear(2 * sure - 1, 1e-12)));
  EXPECT_THAT(scores.networks[0].correct, ElementsAre(1));
}

TEST_F(ScoresFile, ConfidenceWithAVerdictNeedsNoLabels) {
  const Scores scores =
      read("network,sample,confidence,correct\nbig,a,0.5,1\nsmall,a,3,0\nsmall,b,-1,1\nbig,b,0,1\n").value();
  EXPECT_EQ(scores.networks[1].network, "small");
  EXPECT_THAT(scores.networks[1].confidence, ElementsAre(3, -1));
  EXPECT_THAT(scores.networks[1].correct, ElementsAre(0, 1));
}

TEST_F(ScoresFile, ConfidenceWithThePredictedClassIsComparedToTheLabel) {
  const Scores scores = read("sample,network,label,predicted,confidence\na,n,x,x,0.5\nb,n,x,y,0.5\n").value();
  EXPECT_THAT(scores.networks[0].correct, ElementsAre(1, 0));
}

TEST_F(ScoresFile, MistakesAreNamedWithTheirPlace) {
  const std::string head = "sample,network,label,score_0,score_1\n";
  struct Case {
    std::string text, what;
  };
  for (const Case& wrong : {
           Case{"sample,net,label,score_0,score_1\n", "no column 'network'"},
           Case{"sample,network,label,score_0\na,n,0,1\n", "do not say what was answered"},
           Case{"sample,network,confidence\na,n,1\n", "do not say what was answered"},
           Case{head, "no rows"},
           Case{head + "a,n,0,1\n", ":2"},
           Case{head + "a,n,0,1,x\n", "'x' is no number"},
           Case{head + "a,n,0,nan,1\n", "'nan' is no number"},
           Case{head + "a,n,7,0,1\n", "score_7"},
           Case{head + "a,n,0,0,1\na,m,1,0,1\n", "two labels"},
           Case{head + "a,n,0,0,1\na,n,0,0,1\n", "'n' answers sample 'a' twice"},
           Case{head + "a,n,0,0,1\nb,n,0,0,1\nb,m,0,0,1\n", "'m' does not answer sample 'a'"},
       }) {
    const Result<Scores> scores = read(wrong.text);
    ASSERT_FALSE(scores.has_value()) << wrong.text;
    EXPECT_THAT(to_string(scores.error()), HasSubstr(wrong.what));
    EXPECT_FALSE(scores.error().hint.empty());
  }
  EXPECT_EQ(read_scores("no/such/file", Confidence::top).error().fault, Fault::not_found);
}

TEST_F(ScoresFile, HalvesOfTheFileAreKept) {
  const std::string head = "sample,network,confidence,correct,half\n";
  const Scores scores = read(head + "a,n,1,1,report\nb,n,1,1,tune\nc,n,1,1,report\n").value();
  const Halves halves = halve(scores, 0.5, 1).value();
  EXPECT_THAT(halves.tune, ElementsAre(1));
  EXPECT_THAT(halves.report, ElementsAre(0, 2));
  EXPECT_THAT(read(head + "a,n,1,1,train\n").error().hint, HasSubstr("tune or report"));
  EXPECT_THAT(read(head + "a,n,1,1,tune\na,m,1,1,report\n").error().what, HasSubstr("both halves"));
  EXPECT_FALSE(halve(read(head + "a,n,1,1,tune\n").value(), 0.5, 1).has_value());
}

TEST(Halves, AreDrawnWithoutOverlapAndTheSameForASeed) {
  Scores scores;
  for (int i = 0; i < 101; ++i) scores.samples.push_back(std::to_string(i));
  const Halves halves = halve(scores, 0.25, 7).value();
  EXPECT_EQ(halves.tune.size(), 25U);
  std::set<std::uint32_t> all(halves.tune.begin(), halves.tune.end());
  all.insert(halves.report.begin(), halves.report.end());
  EXPECT_EQ(all.size(), 101U);
  EXPECT_EQ(halve(scores, 0.25, 7)->tune, halves.tune);
  EXPECT_NE(halve(scores, 0.25, 8)->tune, halves.tune);
}

TEST(Confidence, AnUnknownOneIsAnsweredWithTheNames) {
  EXPECT_EQ(parse_confidence("entropy").value(), Confidence::entropy);
  EXPECT_THAT(parse_confidence("hope").error().hint, HasSubstr("margin"));
}

}  // namespace
}  // namespace forecost::deployment
