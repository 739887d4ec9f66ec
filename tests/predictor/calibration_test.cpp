// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/temp_folder.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

using measurement::Store;
using testing::HasSubstr;
using testing::IsEmpty;

class Calibrate : public testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::open(folder_->path() / "measurements.sqlite");
    ASSERT_TRUE(store) << to_string(store.error());
    store_ = std::make_unique<Store>(std::move(*store));
  }

  /// Puts made-up measurements of this many networks into the store.
  void add_made_up(int networks) {
    const auto device = store_->enter_device(synthetic::card());
    ASSERT_TRUE(device);
    const auto run = store_->begin(*device, {});
    for (const auto& network : synthetic::table({.networks = networks}).networks) {
      measurement::Record record{.name = network.name, .kind = "calibration", .group = network.group};
      record.run_seconds.assign(5, network.time.value);
      record.kernels = network.kernels;
      for (const auto& kernel : network.kernels)
        record.kernel_seconds.emplace_back(5, synthetic::true_seconds(kernel));
      ASSERT_TRUE(store_->add(*device, *run, record));
    }
  }

  std::unique_ptr<device::System> machine_ = device::this_machine();
  Result<device::TempFolder> folder_ = device::TempFolder::make(*machine_);
  std::unique_ptr<Store> store_;
};

TEST_F(Calibrate, StoredMeasurementsGiveAPredictorAndItsError) {
  ASSERT_NO_FATAL_FAILURE(add_made_up(15));
  const auto calibration = fit_stored(*store_, synthetic::card(), {.device = "made-up", .family = "flops"});
  ASSERT_TRUE(calibration) << to_string(calibration.error());
  EXPECT_EQ(calibration->predictor->family(), "flops");
  EXPECT_EQ(calibration->networks, 15);
  EXPECT_EQ(calibration->kernels, 15 * 12);
  EXPECT_EQ(calibration->validation.networks.count, 15);
  EXPECT_GT(calibration->validation.networks.mape, 0);
}

TEST_F(Calibrate, FittingPutsTheOverheadsOnTheStoredCard) {
  ASSERT_NO_FATAL_FAILURE(add_made_up(15));
  const auto calibration = fit_stored(*store_, synthetic::card(), {.device = "made-up", .family = "flops"});
  ASSERT_TRUE(calibration) << to_string(calibration.error());
  EXPECT_GT(calibration->card.node_overhead.value, 0);
  EXPECT_EQ(store_->devices()->front().node_overhead, calibration->card.node_overhead);
}

TEST_F(Calibrate, TooFewNetworksSayHowToGoOn) {
  ASSERT_NO_FATAL_FAILURE(add_made_up(5));
  const auto calibration = fit_stored(*store_, synthetic::card(), {.device = "made-up"});
  ASSERT_FALSE(calibration);
  EXPECT_EQ(calibration.error().fault, Fault::interrupted);
  EXPECT_THAT(calibration.error().what, HasSubstr("only 5 networks"));
  EXPECT_THAT(calibration.error().hint, HasSubstr("goes on where it stopped"));
}

/// With the real runtime on this very machine.
class CalibrateHere : public Calibrate {
 protected:
  void SetUp() override {
    Calibrate::SetUp();
    auto runner = device::find_runner("onnxruntime")->open(*machine_, {});
    if (!runner) GTEST_SKIP() << "skipped: " << to_string(runner.error());
    runner_ = std::move(*runner);
  }

  std::unique_ptr<device::Runner> runner_;
};

TEST_F(CalibrateHere, AnUnknownFamilyIsRefusedBeforeAnythingIsMeasured) {
  const measurement::Bench bench{.system = *machine_, .runner = *runner_, .settings = {}};
  const auto refused = calibrate(bench, *store_, {.device = "here", .family = "imaginary"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::not_found);
  EXPECT_THAT(refused.error().what, HasSubstr("imaginary"));
  EXPECT_THAT(*store_->devices(), IsEmpty());
}

TEST_F(CalibrateHere, AnInterruptedCalibrationGoesOnAndEndsWithAPredictor) {
  bool stop = false;
  std::vector<std::string> stages;
  CalibrationOptions options{.device = "here", .budget = Seconds(6), .family = "roofline", .folds = 2};
  options.progress = [&](const Progress& progress) {
    stages.push_back(progress.stage);
    stop = progress.networks >= 4 && progress.stage == "prior";
  };
  measurement::Bench bench{.system = *machine_, .runner = *runner_, .settings = {}};
  bench.stop = [&] { return stop; };

  const auto interrupted = calibrate(bench, *store_, options);
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().fault, Fault::interrupted);
  auto card = store_->devices()->front();
  EXPECT_EQ(card.identity.name, "here");
  EXPECT_EQ(card.identity.runtime, "onnxruntime");
  const auto kept = *store_->names(*store_->enter_device(card), "calibration");
  EXPECT_GE(kept.size(), 4U);

  // A slow machine may need several goes; each keeps what those before it measured.
  options.progress = [&](const Progress& progress) { stages.push_back(progress.stage); };
  bench.stop = [] { return false; };
  auto calibration = calibrate(bench, *store_, options);
  for (int more = 0; more < 20 && !calibration && calibration.error().fault == Fault::interrupted; ++more)
    calibration = calibrate(bench, *store_, options);
  ASSERT_TRUE(calibration) << to_string(calibration.error());
  EXPECT_EQ(calibration->predictor->family(), "roofline");
  EXPECT_EQ(calibration->failed, 0);
  EXPECT_THAT(stages, testing::IsSupersetOf({"roofs", "prior", "fit", "validate"}));

  const auto records = store_->records(*store_->enter_device(calibration->card), "calibration");
  ASSERT_TRUE(records);
  std::set<std::string> names;
  for (const auto& record : *records)
    EXPECT_TRUE(names.insert(record.name).second) << record.name << " twice";
  for (const auto& name : kept) EXPECT_TRUE(names.count(name)) << name << " was lost";
  EXPECT_GT(names.size(), kept.size());
}

}  // namespace
}  // namespace forecost::predictor
