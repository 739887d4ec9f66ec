// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/store.h"

#include <fstream>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/device/card_json.h"
#include "forecost/device/temp_folder.h"
#include "tests/measurement/made_up_records.h"

namespace forecost::measurement {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StoreFile : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_->path() / "measurements.sqlite"; }
  static Store opened(const std::filesystem::path& file) {
    auto store = Store::open(file);
    if (!store) throw std::runtime_error(to_string(store.error()));
    return *std::move(store);
  }

  Result<device::TempFolder> folder_ = device::TempFolder::make(*device::this_machine());
};

TEST_F(StoreFile, IsCreatedWithItsFolders) {
  const auto deep = folder_->path() / "not" / "there" / "yet.sqlite";
  const Store store = opened(deep);
  EXPECT_TRUE(std::filesystem::exists(deep));
  EXPECT_THAT(*store.devices(), IsEmpty());
}

TEST_F(StoreFile, KeepsARecordWhenItIsOpenedAgain) {
  const Record record = made_up::random_record(3);
  {
    Store store = opened(file());
    const auto device = store.enter_device(made_up::card());
    ASSERT_TRUE(device);
    ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), record));
  }
  Store again = opened(file());
  const auto records = again.records(*again.enter_device(made_up::card()), "calibration");
  ASSERT_TRUE(records) << to_string(records.error());
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(made_up::text_of(records->front()), made_up::text_of(record));
}

TEST_F(StoreFile, OfSchema2IsBroughtUpToDateAndKeepsEnergiesFromThenOn) {
  Record record = made_up::random_record(5);
  const std::vector<Energy> energies = std::exchange(record.energies, {});
  {
    Store store = opened(file());
    const auto device = store.enter_device(made_up::card());
    ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), record));
  }
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("DROP TABLE energy; PRAGMA user_version=2");
  Store again = opened(file());
  const auto device = again.enter_device(made_up::card());
  Record later = made_up::random_record(6);
  later.kind = record.kind;
  later.energies = energies;
  ASSERT_TRUE(again.add(*device, *again.begin(*device, {}), later));
  const auto records = again.records(*device, record.kind);
  ASSERT_TRUE(records) << to_string(records.error());
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(made_up::text_of(records->front()), made_up::text_of(record));
  EXPECT_EQ(made_up::text_of(records->back()), made_up::text_of(later));
}

TEST_F(StoreFile, DeclaredEnergyIsMarkedInItsOwnColumn) {
  Record record = made_up::random_record(5);
  record.energies = {declared_energy({Watts(5), Watts(12)}, Seconds(1))};
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), record));
  SQLite::Database plain(file().string());
  EXPECT_EQ(plain.execAndGet("SELECT basis FROM energy").getString(), "declared");
  EXPECT_DOUBLE_EQ(plain.execAndGet("SELECT joules FROM energy").getDouble(), 12);
}

TEST_F(StoreFile, OfSchema1IsBroughtUpToDateAndKeepsItsRecords) {
  Record record = made_up::random_record(5);
  record.energies.clear();
  {
    Store store = opened(file());
    const auto device = store.enter_device(made_up::card());
    ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), record));
  }
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec(
          "DROP TABLE energy; ALTER TABLE run DROP COLUMN source; ALTER TABLE kernel_time DROP COLUMN grp;"
          "ALTER TABLE kernel_time DROP COLUMN joules; ALTER TABLE kernel_time DROP COLUMN cells;"
          "PRAGMA user_version=1");
  Store again = opened(file());
  const auto records = again.records(*again.enter_device(made_up::card()), "calibration");
  ASSERT_TRUE(records) << to_string(records.error());
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(made_up::text_of(records->front()), made_up::text_of(record));
  EXPECT_THAT(records->front().origins, IsEmpty());
}

RC_GTEST_FIXTURE_PROP(StoreFile, GivesBackEveryRecordInTheOrderOfAdding, ()) {
  const auto first = *rc::gen::inRange<std::uint64_t>(0, 1 << 30);
  const auto count = *rc::gen::inRange<std::uint64_t>(0, 6);
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  RC_ASSERT(device.has_value());
  std::vector<std::string> added, found;
  const auto run = store.begin(*device, {.started = 1, .command = "test", .forecost_version = "0"});
  for (std::uint64_t i = 0; i < count; ++i) {
    const Record record = made_up::random_record(first + i);
    added.push_back(made_up::text_of(record));
    RC_ASSERT(store.add(*device, *run, record).has_value());
  }
  const auto records = store.records(*device, "calibration");
  RC_ASSERT(records.has_value());
  for (const Record& record : *records) found.push_back(made_up::text_of(record));
  RC_ASSERT(found == added);
  RC_ASSERT(store.names(*device, "calibration")->size() == count);
}

TEST_F(StoreFile, KeepsKindsAndDevicesApart) {
  Store store = opened(file());
  const auto one = store.enter_device(made_up::card("one")), two = store.enter_device(made_up::card("two"));
  Record record = made_up::random_record(1);
  record.name = "calibrated";
  ASSERT_TRUE(store.add(*one, *store.begin(*one, {}), record));
  record.name = "real";
  record.kind = "network";
  ASSERT_TRUE(store.add(*one, *store.begin(*one, {}), record));
  EXPECT_THAT(*store.names(*one, "calibration"), ElementsAre("calibrated"));
  EXPECT_THAT(*store.names(*one, "network"), ElementsAre("real"));
  EXPECT_THAT(*store.names(*two, "calibration"), IsEmpty());
  EXPECT_EQ(store.devices()->size(), 2U);
}

TEST_F(StoreFile, ForgetsOneDeviceAndLeavesTheOther) {
  Store store = opened(file());
  const auto one = store.enter_device(made_up::card("one")), two = store.enter_device(made_up::card("two"));
  const Record record = made_up::random_record(5);
  for (const auto& device : {one, two}) ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), record));
  ASSERT_TRUE(store.forget(*one));
  ASSERT_EQ(store.devices()->size(), 1U);
  EXPECT_EQ(store.devices()->front().identity.name, "two");
  const auto left = store.records(*two, "calibration");
  ASSERT_EQ(left->size(), 1U);
  EXPECT_EQ(made_up::text_of(left->front()), made_up::text_of(record));
}

TEST_F(StoreFile, ForgettingEverythingLeavesNoKernelBehind) {
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), made_up::record("net", 1, {1, 2})));
  ASSERT_TRUE(store.forget(*device));
  SQLite::Database sqlite(file().string());
  for (const char* table : {"device", "run", "network", "kernel", "kernel_time"})
    EXPECT_EQ(sqlite.execAndGet(std::string("SELECT count(*) FROM ") + table).getInt(), 0) << table;
}

TEST_F(StoreFile, KernelsThatNetworksShareAreStoredOnce) {
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  for (const char* name : {"one", "two", "three"})
    ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), made_up::record(name, 1, {1, 2})));
  SQLite::Database sqlite(file().string());
  EXPECT_EQ(sqlite.execAndGet("SELECT count(*) FROM kernel").getInt(), 1);
  EXPECT_EQ(sqlite.execAndGet("SELECT count(*) FROM kernel_time").getInt(), 6);
}

TEST_F(StoreFile, TheSameDeviceIsEnteredOnce) {
  Store store = opened(file());
  EXPECT_EQ(*store.enter_device(made_up::card()), *store.enter_device(made_up::card()));
}

TEST_F(StoreFile, AnUpdatedCardIsGivenBack) {
  Store store = opened(file());
  device::Card card = made_up::card();
  const auto device = store.enter_device(card);
  card.run_overhead = from_microseconds(77);
  card.memory_model = {.base = Bytes(5),
                       .loading = {{"largest", 0.9}},
                       .kept = {{"matrix", 2.0}},
                       .per_node = Bytes(7),
                       .activations = 1.5};
  ASSERT_TRUE(store.update_card(*device, card));
  EXPECT_EQ(device::to_json(store.devices()->front()), device::to_json(card));
}

TEST_F(StoreFile, AnotherMachineOfTheSameNameIsRefusedNamingTheDifference) {
  Store store = opened(file());
  ASSERT_TRUE(store.enter_device(made_up::card()));
  device::Card other = made_up::card();
  other.identity.processor = "Imaginary 9001";
  other.identity.settings.threads = 3;
  const auto refused = store.enter_device(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::bad_input);
  EXPECT_THAT(refused.error().what, HasSubstr("Imaginary 9001"));
  EXPECT_THAT(refused.error().what, HasSubstr("threads: 2 here, 3 there"));
  EXPECT_THAT(refused.error().hint, HasSubstr("--on NAME"));
  EXPECT_EQ(store.devices()->size(), 1U);
}

TEST_F(StoreFile, ATextFileIsRefused) {
  std::ofstream(file()) << std::string(4096, 'x');
  const auto refused = Store::open(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::bad_input);
  EXPECT_THAT(refused.error().where, HasSubstr("measurements.sqlite"));
  EXPECT_THAT(refused.error().hint, Not(IsEmpty()));
}

TEST_F(StoreFile, TheDatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
  {
    SQLite::Database other(file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE recipe (name TEXT)");
  }
  const auto refused = Store::open(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::bad_input);
  EXPECT_THAT(refused.error().what, HasSubstr("another program"));
  SQLite::Database other(file().string());
  EXPECT_EQ(other.execAndGet("SELECT group_concat(name) FROM sqlite_master").getString(), "recipe");
}

TEST_F(StoreFile, ANewerSchemaIsRefusedWithTheAdviceToUpdate) {
  { const Store store = opened(file()); }
  { SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version=999"); }
  const auto refused = Store::open(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::unsupported);
  EXPECT_THAT(refused.error().what, HasSubstr("999"));
  EXPECT_THAT(refused.error().hint, HasSubstr("update Forecost"));
}

TEST_F(StoreFile, AFolderThatCannotBeMadeIsAMatterOfPermission) {
  std::ofstream(folder_->path() / "file") << "in the way";
  const auto refused = Store::open(folder_->path() / "file" / "measurements.sqlite");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::permission);
  EXPECT_THAT(refused.error().hint, HasSubstr("--home"));
}

TEST_F(StoreFile, AFolderInPlaceOfTheFileIsRefused) {
  std::filesystem::create_directory(file());
  const auto refused = Store::open(file());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::permission);
}

TEST_F(StoreFile, MalformedJsonInsideIsAnErrorNotACrash) {
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), made_up::record("net", 1, {1, 2})));
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("UPDATE kernel SET content='{'");
  const auto records = store.records(*device, "calibration");
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().fault, Fault::bad_input);
  EXPECT_THAT(records.error().hint, Not(IsEmpty()));
}

TEST_F(StoreFile, AKernelWithoutAFieldIsAnErrorWithAHint) {
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  ASSERT_TRUE(store.add(*device, *store.begin(*device, {}), made_up::record("net", 1, {1, 2})));
  SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE kernel SET content=json_remove(content,'$.path')");
  const auto records = store.records(*device, "calibration");
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().fault, Fault::bad_input);
  EXPECT_THAT(records.error().what, HasSubstr("path"));
}

TEST_F(StoreFile, SamplesMustBelongToKernels) {
  Store store = opened(file());
  const auto device = store.enter_device(made_up::card());
  Record record = made_up::record("net", 1, {1, 2});
  record.kernel_seconds.pop_back();
  EXPECT_THROW((void)store.add(*device, *store.begin(*device, {}), record), BrokenContract);
}

}  // namespace
}  // namespace forecost::measurement
