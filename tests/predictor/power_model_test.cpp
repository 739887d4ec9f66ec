// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/power_model.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "forecost/device/temp_folder.h"
#include "forecost/predictor/energy_campaign.h"
#include "forecost/predictor/pace.h"
#include "forecost/predictor/saved.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

using measurement::Record;
using testing::HasSubstr;

std::unique_ptr<Predictor> roofline() {
  return find_family("roofline")->fit({.card = synthetic::card(), .kernels = {}, .networks = {}}, {}).value();
}

const PowerModel true_powers{.idle = Watts(4),
                             .busy = Watts(6),
                             .arithmetic = Watts(9),
                             .near = Watts(5),
                             .far = Watts(0),
                             .sensor = "rapl",
                             .scope = "processor"};

/// Networks whose energy is that of `powers`, kernel by kernel, times a deviation.
std::vector<Record> measured_networks(const PowerModel& powers, int count, double noise = 0) {
  const auto table = synthetic::table({.networks = count});
  numeric::Random random(3);
  std::vector<Record> records;
  for (const auto& network : table.networks) {
    double time = 0, joules = 0;
    for (const layer::Kernel& kernel : network.kernels) {
      const Seconds one(2 * synthetic::true_seconds(kernel));  // slow enough for no roof to be passed
      time += one.value;
      joules += power_of(powers, power_terms(kernel, table.card), one).value * one.value;
    }
    joules *= std::exp(noise * random.normal());
    Record record{.name = network.name, .kind = energy_kind, .group = network.group};
    record.kernels = network.kernels;
    record.run_seconds = {time};
    measurement::Energy energy{.sensor = "rapl", .scope = "processor"};
    energy.total = Joules(joules);
    energy.power = Watts(joules / time);
    energy.idle_before = energy.idle_after = powers.idle;
    record.energies = {energy};
    records.push_back(record);
  }
  return records;
}

TEST(PowerModel, FindsThePowersThatMadeTheEnergies) {
  const auto model = fit_power(measured_networks(true_powers, 40), synthetic::card());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_NEAR(model->idle.value, 4, 1e-9);
  EXPECT_NEAR(model->busy.value, 6, 0.1);
  EXPECT_NEAR(model->arithmetic.value, 9, 0.3);
  EXPECT_NEAR(model->near.value, 5, 1);
  EXPECT_LT(model->mape, 0.005);
  EXPECT_EQ(model->sensor, "rapl");
  EXPECT_EQ(model->scope, "processor");
  EXPECT_EQ(model->networks, 40);
}

TEST(PowerModel, ItsIntervalIsAsWideAsTheNoise) {
  const auto model = fit_power(measured_networks(true_powers, 200, 0.05), synthetic::card());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_NEAR(model->spread, 1.645 * 0.05, 0.03);
  EXPECT_NEAR(model->mape, 0.8 * 0.05, 0.015);
}

TEST(PowerModel, FewNetworksSayHowManyAreNeeded) {
  const auto model = fit_power(measured_networks(true_powers, 5), synthetic::card());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().fault, Fault::interrupted);
  EXPECT_THAT(model.error().what, HasSubstr("5 networks"));
  EXPECT_THAT(model.error().hint, HasSubstr("8 are needed"));
}

TEST(PowerModel, DeclaredEnergiesAreNoMeasurements) {
  auto records = measured_networks(true_powers, 20);
  for (Record& record : records) record.energies.front().declared = true;
  EXPECT_FALSE(fit_power(records, synthetic::card()));
}

TEST(PowerModel, TheSensorThatMeasuredMostOfThemCounts) {
  auto records = measured_networks(true_powers, 20);
  for (std::size_t i = 0; i < 9; ++i) {
    measurement::Energy other = records[i].energies.front();
    other.sensor = "hwmon";
    other.total = other.total * 3;
    other.power = other.power * 3;
    records[i].energies.insert(records[i].energies.begin(), other);
  }
  const auto model = fit_power(records, synthetic::card());
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_EQ(model->sensor, "rapl");
  EXPECT_LT(model->mape, 0.005);
}

RC_GTEST_PROP(PowerModel, APowerLiesBetweenIdleAndAllRoofsAtOnce, ()) {
  const layer::Kernel kernel = synthetic::conv({.channels = *rc::gen::inRange(1, 300)});
  const Seconds time = from_microseconds(*rc::gen::inRange(1, 100000));
  const Watts power = power_of(true_powers, power_terms(kernel, synthetic::card()), time);
  RC_ASSERT(power >= true_powers.idle + true_powers.busy);
  RC_ASSERT(power <= true_powers.idle + true_powers.busy + true_powers.arithmetic + true_powers.near +
                         true_powers.far);
}

TEST(WithPower, EnergyIsMeanPowerTimesLatency) {
  const auto powered = with_power(roofline(), true_powers);
  const std::vector<layer::Kernel> kernels{synthetic::conv({}), synthetic::elementwise(50000, "Add")};
  const auto compiled = powered->compile(kernels);
  const auto energy = powered->predict_energy(*compiled);
  ASSERT_TRUE(energy);
  double joules = 0, time = 0;
  for (const auto& forecast : powered->predict(*compiled)) {
    joules += forecast.power->value * forecast.time.value;
    time += forecast.time.value;
  }
  EXPECT_NEAR(energy->energy.value, joules / time * powered->predict_total(*compiled).time.value, 1e-12);
  EXPECT_LT(energy->low, energy->energy);
  EXPECT_GT(energy->high, energy->energy);
  double parts = 0;
  for (const auto& part : powered->energy_parts(*compiled)) parts += part.energy.value;
  EXPECT_NEAR(parts, energy->energy.value, 1e-9 * parts);
  EXPECT_EQ(powered->energy_source(), "power fitted to rapl (processor)");
}

TEST(WithPower, DeclaredPowerIsTimesTheLatencyAndSaysSo) {
  const auto powered = with_power(roofline(), declared_model({Watts(5), Watts(12)}));
  const std::vector<layer::Kernel> kernels{synthetic::conv({})};
  const auto compiled = powered->compile(kernels);
  const auto energy = powered->predict_energy(*compiled);
  ASSERT_TRUE(energy);
  EXPECT_NEAR(energy->energy.value, 12 * powered->predict_total(*compiled).time.value, 1e-12);
  EXPECT_EQ(powered->energy_source(), "declared power");
}

TEST(WithPower, APaceStretchesTimeAndTheEnergyOfWhatIsAlwaysOn) {
  const PowerModel declared = declared_model({Watts(5), Watts(12)});
  const auto plain = with_power(roofline(), declared);
  const auto slow = with_power(at_pace(roofline(), 2), declared);
  const std::vector<layer::Kernel> kernels{synthetic::conv({})};
  EXPECT_NEAR(slow->predict_energy(*slow->compile(kernels))->energy.value,
              2 * plain->predict_energy(*plain->compile(kernels))->energy.value, 1e-12);
}

TEST(WithPower, ASavedPredictorKeepsItsPowers) {
  const auto machine = device::this_machine();
  const auto folder = device::TempFolder::make(*machine);
  ASSERT_TRUE(folder);
  const auto file = folder->path() / "device.json";
  ASSERT_TRUE(save(*roofline(), {}, std::nullopt, file, true_powers));
  const auto saved = load(file);
  ASSERT_TRUE(saved) << to_string(saved.error());
  ASSERT_TRUE(saved->power);
  EXPECT_EQ(to_json(*saved->power), to_json(true_powers));
  const std::vector<layer::Kernel> kernels{synthetic::conv({})};
  const auto powered = with_power(roofline(), true_powers);
  EXPECT_EQ(saved->predictor->predict_energy(*saved->predictor->compile(kernels))->energy,
            powered->predict_energy(*powered->compile(kernels))->energy);
}

TEST(WithPower, WithoutPowersThereIsNoEnergy) {
  const auto plain = roofline();
  const std::vector<layer::Kernel> kernels{synthetic::conv({})};
  EXPECT_FALSE(plain->predict_energy(*plain->compile(kernels)));
}

TEST(Telling, ChoosesNetworksThatDifferInWhatTheyAreBoundBy) {
  std::vector<Record> records;
  const auto add = [&records](const std::string& name, std::int64_t elements) {
    Record record{.name = name, .kind = "calibration", .group = name};
    record.kernels = {synthetic::conv({}), synthetic::elementwise(elements, "Add")};
    double time = 0;
    for (const auto& kernel : record.kernels) time += synthetic::true_seconds(kernel);
    record.run_seconds = {time};
    records.push_back(record);
  };
  for (int i = 0; i < 30; ++i) add("residual-" + std::to_string(i), 1);
  add("residual-90", 1000000);   // in the last cache
  add("residual-91", 20000000);  // beyond it
  const auto chosen = telling(records, synthetic::card(), 3);
  EXPECT_THAT(chosen, testing::UnorderedElementsAre(testing::Lt(30U), 30U, 31U));
}

TEST(Telling, LeavesOutEmptiedCachesSingleOperatorsAndLongRuns) {
  Record good{.name = "residual-1", .kind = "calibration", .group = "g"};
  good.kernels = {synthetic::conv({})};
  good.run_seconds = {1e-3};
  Record evicted = good, single = good, slow = good;
  evicted.evicted = true;
  single.name = "operators-1x5";
  slow.run_seconds = {2};
  EXPECT_THAT(telling({evicted, single, slow, good}, synthetic::card(), 9), testing::ElementsAre(3U));
}

}  // namespace
}  // namespace forecost::predictor
