// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/temp_folder.h"
#include "tests/device/fake_system.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

/// Made-up kernels as an import would have them: no networks, cells, energy at 10 W.
measurement::Table foreign() {
  measurement::Table table = synthetic::table({.networks = 10});
  table.networks.clear();
  for (std::size_t i = 0; i < table.kernels.size(); ++i) {
    auto& row = table.kernels[i];
    row.state = measurement::KernelState::imported;
    row.energy = Joules(10 * row.time.value);
    row.cells = i % 2 == 0 ? R"({"colour":"red"})" : R"({"colour":"blue"})";
  }
  return table;
}

TEST(CompareFamilies, EveryFamilyStandsOnTheSameRowsWithSizeAndFitTime) {
  const device::FakeSystem system;
  const auto entrants =
      compare_families(synthetic::table({.networks = 8}),
                       {.families = {"flops", "roofline", "neuralpower"}, .folds = 3}, system);
  ASSERT_TRUE(entrants.has_value()) << to_string(entrants.error());
  ASSERT_EQ(entrants->size(), 3U);
  for (const Entrant& entrant : *entrants) {
    ASSERT_TRUE(entrant.validation.has_value()) << entrant.family;
    EXPECT_EQ(entrant.validation->kernels.count, 8 * 12);
    EXPECT_EQ(entrant.validation->networks.count, 8);
    EXPECT_DOUBLE_EQ(entrant.fit_time.value, 1e-3);  // one step of the made-up clock
    EXPECT_GT(entrant.bytes, 10);
  }
  EXPECT_GT((*entrants)[2].terms, 0);
}

TEST(CompareFamilies, WithoutNamesEveryFamilyTakesPart) {
  const device::FakeSystem system;
  const auto entrants =
      compare_families(synthetic::table({.networks = 4, .kernels = 6}), {.folds = 2}, system);
  ASSERT_TRUE(entrants.has_value()) << to_string(entrants.error());
  EXPECT_EQ(entrants->size(), family_list().size());
}

TEST(CompareFamilies, AnUnknownFamilyIsRefusedWithTheNearest) {
  const device::FakeSystem system;
  const auto entrants = compare_families(synthetic::table(), {.families = {"flop"}}, system);
  ASSERT_FALSE(entrants.has_value());
  EXPECT_EQ(entrants.error().fault, Fault::not_found);
  EXPECT_THAT(entrants.error().hint, HasSubstr("flops"));
}

TEST(CompareFamilies, OneGroupIsNoComparison) {
  const device::FakeSystem system;
  const auto entrants = compare_families(synthetic::table({.networks = 1}), {.families = {"flops"}}, system);
  ASSERT_FALSE(entrants.has_value());
  EXPECT_THAT(entrants.error().what, HasSubstr("two groups"));
}

TEST(Regrouped, RowsAlikeInAColumnAreOneGroup) {
  const auto table = regrouped(foreign(), "colour");
  ASSERT_TRUE(table.has_value()) << to_string(table.error());
  EXPECT_EQ(table->kernels[0].group, "red");
  EXPECT_EQ(table->kernels[1].group, "blue");
  EXPECT_EQ(regrouped(foreign(), "op")->kernels[0].group, "Conv");
  EXPECT_THAT(group_columns(foreign()), Contains("colour"));
}

TEST(Regrouped, AColumnThatIsNotThereIsRefusedWithThoseThatAre) {
  const auto table = regrouped(foreign(), "color");
  ASSERT_FALSE(table.has_value());
  EXPECT_THAT(table.error().hint, HasSubstr("colour"));
}

TEST(WithTarget, EnergyAndPowerTakeThePlaceOfTime) {
  const measurement::Table table = foreign();
  EXPECT_DOUBLE_EQ(with_target(table, Target::energy)->kernels[3].time.value,
                   10 * table.kernels[3].time.value);
  EXPECT_DOUBLE_EQ(with_target(table, Target::power)->kernels[3].time.value, 10);
  EXPECT_EQ(with_target(table, Target::time)->kernels.size(), table.kernels.size());
}

TEST(WithTarget, WithoutEnergyIsRefused) {
  const auto table = with_target(synthetic::table(), Target::energy);
  ASSERT_FALSE(table.has_value());
  EXPECT_THAT(table.error().hint, HasSubstr("[energy]"));
  EXPECT_EQ(parse_target("heat").error().fault, Fault::bad_input);
}

TEST(StoredTable, ADeviceThatTheStoreDoesNotKnowIsRefused) {
  const auto machine = device::this_machine();
  const auto folder = device::TempFolder::make(*machine);
  auto store = measurement::Store::open(folder->path() / "m.sqlite");
  ASSERT_TRUE(store.has_value());
  EXPECT_THAT(stored_table(*store, "x").error().hint, HasSubstr("forecost import"));
  ASSERT_TRUE(store->enter_device(synthetic::card()).has_value());
  EXPECT_THAT(stored_table(*store, "made-upp").error().hint, HasSubstr("made-up"));
  EXPECT_EQ(stored_table(*store, "made-up").error().fault, Fault::bad_input);
}

}  // namespace
}  // namespace forecost::predictor
