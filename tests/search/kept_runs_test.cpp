// SPDX-License-Identifier: Apache-2.0
#include "kept_runs.h"

#include <fstream>

#include <gtest/gtest.h>

namespace forecost::studies {
namespace {

search::Space line() {
  return search::Space::make({{.name = "x", .low = 0, .high = 1}}).value();
}

std::filesystem::path fresh_file() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const auto folder = std::filesystem::path(testing::TempDir()) / "forecost_kept_runs" / test->name();
  std::filesystem::remove_all(folder);
  return folder / "rivals.jsonl";
}

RunKey key_of(std::uint64_t seed) {
  return {
      .problem = "p", .sampler = "gp", .version = "optuna 5", .mark = "at most 1", .seed = seed, .trials = 2};
}

RivalRun run_of(double x) {
  return {.designs = {{{x}}, {{x / 3}}}, .seconds = {0.5, 0.25}};
}

TEST(KeptRuns, AreReadAgainByTheNextStudy) {
  const auto file = fresh_file();
  KeptRuns(file).add(key_of(1), run_of(0.1), line());
  KeptRuns(file).add(key_of(2), run_of(0.7), line());
  const KeptRuns kept(file);
  const auto first = kept.find(key_of(1), line());
  const auto second = kept.find(key_of(2), line());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->designs[1].values, std::vector<double>{0.1 / 3});
  EXPECT_EQ(second->designs[0].values, std::vector<double>{0.7});
  EXPECT_EQ(second->total(), 0.75);
}

TEST(KeptRuns, OfAnotherVersionMarkOrNumberOfTrialsDoNotCount) {
  KeptRuns kept("");
  kept.add(key_of(1), run_of(0.1), line());
  RunKey version = key_of(1);
  version.version = "optuna 6";
  RunKey mark = key_of(1);
  mark.mark = "at most 2";
  RunKey trials = key_of(1);
  trials.trials = 3;
  EXPECT_TRUE(kept.find(key_of(1), line()));
  for (const RunKey& other : {version, mark, trials, key_of(2)}) EXPECT_FALSE(kept.find(other, line()));
}

TEST(KeptRuns, StepOverALineThatAStoppedStudyLeft) {
  const auto file = fresh_file();
  KeptRuns(file).add(key_of(1), run_of(0.1), line());
  std::ofstream(file, std::ios::app) << R"({"problem": "p", "sam)" << '\n';
  KeptRuns(file).add(key_of(2), run_of(0.2), line());
  const KeptRuns kept(file);
  EXPECT_TRUE(kept.find(key_of(1), line()));
  EXPECT_TRUE(kept.find(key_of(2), line()));
}

TEST(KeptRuns, OfASpaceThatHasChangedAreMadeAgain) {
  KeptRuns kept("");
  kept.add(key_of(1), run_of(0.9), line());
  const auto narrow = search::Space::make({{.name = "x", .low = 0, .high = 0.5}}).value();
  EXPECT_FALSE(kept.find(key_of(1), narrow));
}

}  // namespace
}  // namespace forecost::studies
