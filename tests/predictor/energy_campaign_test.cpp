// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/energy_campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/temp_folder.h"
#include "forecost/predictor/plan.h"
#include "forecost/predictor/power_model.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

/// A board far away: every run takes a millisecond and, where it has a meter, 20 mJ.
class Board final : public device::Runner {
 public:
  bool has_meter = true;
  int asked_for_energy = 0;

  bool measures_itself() const override { return true; }
  Result<device::Measured> measure(const device::Model&, const device::MeasureRequest& request) override {
    device::Measured measured;
    measured.run_seconds.assign(5, 1e-3);
    if (!request.energy) return measured;
    ++asked_for_energy;
    if (has_meter) {
      measured.energies = {
          {.sensor = "ina3221", .scope = "board", .total = Joules(0.02), .idle = Watts(3), .runs = 5}};
    }
    return measured;
  }
  device::Identity identity(const device::Settings& settings) const override {
    return {.name = "board", .runtime = "onnxruntime", .settings = settings};
  }
  Result<std::unique_ptr<device::Session>> open(const device::Model&,
                                                const device::SessionOptions&) override {
    return Error{Fault::unsupported, "it measures itself", "", ""};
  }
  Result<network::Network> optimised_graph(const device::Model&, const device::SessionOptions&) override {
    return Error{Fault::unsupported, "it has no graph", "", ""};
  }
  Result<std::vector<std::vector<device::NodeTime>>> profile(const device::Model&,
                                                             const device::SessionOptions&, int,
                                                             int) override {
    return Error{Fault::unsupported, "it measures itself", "", ""};
  }
};

class EnergyOfABoard : public testing::Test {
 protected:
  void SetUp() override {
    auto store = measurement::Store::open(folder_->path() / "measurements.sqlite");
    ASSERT_TRUE(store) << to_string(store.error());
    store_ = std::make_unique<measurement::Store>(std::move(*store));
    card_ = synthetic::card();
    card_.identity = board_.identity({});
    place_.device = store_->enter_device(card_).value();
    place_.run = store_->begin(place_.device, {}).value();
    Plan plan({}, 1e8, 1);
    std::vector<measurement::Item> items;
    for (const auto& draw : plan.by_prior(24)) items.push_back(plan.item(draw, 0, Bytes(0)).value());
    for (const auto& record : measurement::measure(bench_, items, {})) {
      ASSERT_TRUE(record) << to_string(record.error());
      ASSERT_TRUE(store_->add(place_.device, place_.run, *record));
    }
  }

  Result<EnergyCampaign> campaign(std::size_t networks) {
    const EnergyPlan plan{.sensors = {}, .protocol = {}, .networks = networks, .until = Seconds(1e18)};
    return measure_energies(bench_, *store_, place_, card_, plan);
  }

  std::unique_ptr<device::System> machine_ = device::this_machine();
  Result<device::TempFolder> folder_ = device::TempFolder::make(*machine_);
  Board board_;
  measurement::Bench bench_{.system = *machine_, .runner = board_, .settings = {}};
  std::unique_ptr<measurement::Store> store_;
  EnergyPlace place_;
  device::Card card_;
};

TEST_F(EnergyOfABoard, IsAskedForAndKeptOncePerNetwork) {
  const auto first = campaign(9);
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_EQ(first->measured, 9);
  const auto again = campaign(9);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->measured, 0);
  const auto records = store_->records(place_.device, energy_kind).value();
  ASSERT_EQ(records.size(), 9);
  const auto model = fit_power(records, card_);
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->sensor, "ina3221");
  EXPECT_DOUBLE_EQ(model->idle.value, 3);
  EXPECT_LT(model->mape, 0.05);  // 20 W, whatever runs
}

TEST_F(EnergyOfABoard, WithoutAMeterItIsNotAskedForEverAgain) {
  board_.has_meter = false;
  const auto none = campaign(24);
  ASSERT_TRUE(none) << to_string(none.error());
  EXPECT_EQ(none->measured, 0);
  EXPECT_GT(board_.asked_for_energy, 0);
  EXPECT_LE(board_.asked_for_energy, 8);  // one batch
}

}  // namespace
}  // namespace forecost::predictor
