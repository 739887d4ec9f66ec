// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/pace.h"

#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "forecost/device/temp_folder.h"
#include "forecost/measurement/prior.h"
#include "forecost/predictor/saved.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

using measurement::Record;
using testing::HasSubstr;

std::unique_ptr<Predictor> roofline() {
  device::Card card = synthetic::card();
  card.identity.runtime = "onnxruntime";
  return find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {}).value();
}

std::vector<layer::Kernel> some_kernels() {
  return {synthetic::conv({}), synthetic::elementwise(50000, "Add")};
}

Seconds forecast_of(const Predictor& predictor, const Record& record) {
  return predictor.predict_total(*predictor.compile(record.kernels)).time;
}

/// Networks of growing time, at `factor` times what they took first.
std::vector<Record> measured_at(double factor, int count) {
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) {
    records.push_back({.name = "residual-" + std::to_string(i), .kind = "pace", .group = "g"});
    records.back().run_seconds.assign(5, factor * 1e-3 * (1 + i));
  }
  return records;
}

RC_GTEST_PROP(Pace, MultipliesEveryTimeAndKeepsRelativeWidths, ()) {
  const double factor = *rc::gen::inRange(1, 400) / 100.0;
  const auto plain = roofline();
  const auto paced = at_pace(roofline(), factor);
  const auto kernels = some_kernels();
  const auto a = plain->predict_total(*plain->compile(kernels));
  const auto b = paced->predict_total(*paced->compile(kernels));
  RC_ASSERT(b.time == a.time * factor);
  RC_ASSERT(b.low == a.low * factor);
  RC_ASSERT(b.high == a.high * factor);
  const auto one = plain->predict(*plain->compile(kernels));
  const auto other = paced->predict(*paced->compile(kernels));
  RC_ASSERT(one.size() == other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    RC_ASSERT(other[i].time == one[i].time * factor);
    RC_ASSERT(other[i].low == one[i].low * factor);
    RC_ASSERT(other[i].high == one[i].high * factor);
    RC_ASSERT(other[i].bound == one[i].bound);
  }
  RC_ASSERT(paced->pace() == factor);
  RC_ASSERT(paced->save() == plain->save());
}

RC_GTEST_PROP(Pace, IsFoundWhereAllNetworksChangedAlike, ()) {
  const double factor = *rc::gen::inRange(50, 200) / 100.0;
  const int count = *rc::gen::inRange(5, 40);
  const Pace pace = pace_of(measured_at(factor, count), measured_at(1, 40)).value();
  RC_ASSERT(std::abs(pace.factor / factor - 1) < 1e-9);
  RC_ASSERT(pace.low <= pace.factor && pace.factor <= pace.high);
  RC_ASSERT(pace.spread < 1e-9);
}

TEST(Pace, FewNetworksThatWereDisturbedDoNotMoveIt) {
  auto again = measured_at(1.1, 21);
  for (std::size_t i = 0; i < 8; ++i) again[i].run_seconds.assign(5, 1.0);
  const auto pace = pace_of(again, measured_at(1, 21));
  ASSERT_TRUE(pace);
  EXPECT_NEAR(pace->factor, 1.1, 1e-9);
  EXPECT_EQ(pace->networks, 21);
  EXPECT_GT(pace->spread, 0.1);
}

TEST(Pace, TooFewNetworksOfTheCalibrationSayWhatToDo) {
  const auto pace = pace_of(measured_at(1, 30), measured_at(1, 4));
  ASSERT_FALSE(pace);
  EXPECT_EQ(pace.error().fault, Fault::interrupted);
  EXPECT_THAT(pace.error().what, HasSubstr("only 4 networks"));
  EXPECT_THAT(pace.error().hint, HasSubstr("forecost calibrate"));
}

/// Calibration records of real draws, each measured at `ratio` times its forecast.
class Yardsticks : public testing::Test {
 protected:
  Record record_of(std::uint64_t seed, double ratio) const {
    const measurement::Draw draw{.family = "residual", .seed = seed};
    const auto network = measurement::build(draw, std::numeric_limits<double>::infinity());
    const auto layered = layer::infer(network.value());
    Record record{.name = draw.name(), .kind = "calibration", .group = draw.name()};
    record.kernels = layer::lower(layered.value(), *layer::find_runtime("onnxruntime"))->kernels;
    record.run_seconds = {ratio * forecast_of(*predictor_, record).value};
    return record;
  }

  std::vector<std::string> names(const std::vector<Record>& calibration, std::size_t count) const {
    std::vector<std::string> result;
    for (const auto& item : yardsticks(calibration, *predictor_, "pace", count, Seconds(1e9))) {
      EXPECT_EQ(item.kind, "pace");
      EXPECT_FALSE(item.bytes.empty());
      result.push_back(item.name);
    }
    return result;
  }

  std::unique_ptr<Predictor> predictor_ = roofline();
};

TEST_F(Yardsticks, AreThoseOnWhichPredictorAndCalibrationAgreeBest) {
  const std::vector<Record> calibration{record_of(1, 1.3), record_of(2, 1.31), record_of(3, 2.0),
                                        record_of(4, 0.7), record_of(5, 1.3)};
  EXPECT_THAT(names(calibration, 1), testing::ElementsAre(testing::AnyOf("residual-1", "residual-5")));
}

TEST_F(Yardsticks, SpreadOverTheForecastTimes) {
  std::vector<Record> calibration;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) calibration.push_back(record_of(seed, 1));
  std::sort(calibration.begin(), calibration.end(), [this](const auto& a, const auto& b) {
    return forecast_of(*predictor_, a) < forecast_of(*predictor_, b);
  });
  const auto chosen = names(calibration, 3);
  ASSERT_EQ(chosen.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto at = std::find_if(calibration.begin(), calibration.end(),
                                 [&](const auto& record) { return record.name == chosen[i]; });
    EXPECT_EQ(static_cast<std::size_t>(at - calibration.begin()) / 4, i);
  }
}

TEST_F(Yardsticks, LeaveOutWhatTheirNamesDoNotRebuild) {
  Record evicted = record_of(1, 1);
  evicted.evicted = true;
  Record smaller = record_of(2, 1);
  smaller.kernels.pop_back();
  smaller.kernels.front().cost.macs = Macs(1);
  Record stranger = record_of(3, 1);
  stranger.name = "somebody's network";
  Record unknown = record_of(4, 1);
  unknown.name = "imaginary-4";
  const std::vector<Record> calibration{evicted, smaller, stranger, unknown, record_of(6, 1)};
  EXPECT_THAT(names(calibration, 1), testing::ElementsAre("residual-6"));
  EXPECT_TRUE(yardsticks({}, *predictor_, "pace").empty());
  EXPECT_TRUE(yardsticks(calibration, *predictor_, "pace", 5, Seconds(1e-12)).empty());
}

class KeptPace : public testing::Test {
 protected:
  void SetUp() override {
    file_ = folder_->path() / "device.json";
    ASSERT_TRUE(save(*roofline(), {.created = "2026-01-01T00:00:00Z"}, std::nullopt, file_));
  }

  std::unique_ptr<device::System> machine_ = device::this_machine();
  Result<device::TempFolder> folder_ = device::TempFolder::make(*machine_);
  std::filesystem::path file_;
};

TEST_F(KeptPace, IsInEveryLaterForecastAndLeavesTheRestOfTheFile) {
  const Pace pace{
      .factor = 0.9, .low = 0.88, .high = 0.93, .spread = 0.02, .networks = 30, .measured = "now"};
  ASSERT_TRUE(save_pace(pace, file_));
  const auto loaded = load(file_);
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  ASSERT_TRUE(loaded->pace);
  EXPECT_EQ(to_json(*loaded->pace), to_json(pace));
  EXPECT_EQ(loaded->provenance.created, "2026-01-01T00:00:00Z");
  const auto plain = roofline();
  const auto kernels = some_kernels();
  EXPECT_EQ(loaded->predictor->predict_total(*loaded->predictor->compile(kernels)).time,
            plain->predict_total(*plain->compile(kernels)).time * 0.9);
}

TEST_F(KeptPace, OfAFileThatIsNotThereIsAnError) {
  const auto kept = save_pace({}, file_.parent_path() / "other.json");
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().fault, Fault::not_found);
}

TEST_F(KeptPace, ThatIsNotAboveZeroIsRefused) {
  ASSERT_TRUE(save_pace({.factor = -1}, file_));
  const auto loaded = load(file_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().fault, Fault::bad_input);
  EXPECT_THAT(loaded.error().hint, HasSubstr("--refresh"));
}

}  // namespace
}  // namespace forecost::predictor
