// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study_store.h"

#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search/postgresql_server.h"
#include "tests/search/spaces.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

bool nobody_is_gone(const std::string& /*owner*/) {
  return false;
}

constexpr const char* sqlite = "sqlite";
constexpr const char* postgresql = "postgresql";

class Store : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == postgresql) {
      if (!tests::PostgresqlServer::programs()) GTEST_SKIP() << "skipped: PostgreSQL is not installed";
      server_ = std::make_unique<tests::PostgresqlServer>();
    }
    store_ = open();
    study_ = store_->enter("s", "definition", 7).value();
  }
  std::filesystem::path file() const { return place_.path() / "deep" / "studies.sqlite"; }

  std::unique_ptr<StudyStore> open() const {
    return (server_ ? open_postgresql(server_->address()) : open_sqlite(file())).value();
  }
  Trial trial(std::int64_t number) const {
    numeric::Random random(static_cast<std::uint64_t>(number));
    Trial trial;
    trial.number = number;
    trial.design = tests::random_design(space_, random);
    trial.state = TrialState::running;
    trial.reason = "because";
    return trial;
  }
  Claim propose(std::int64_t number, const Owner& owner) {
    return store_->propose(study_, space_, trial(number), owner).value().value();
  }
  std::vector<Trial> all() { return store_->changes(study_.id, space_, 0).value().trials; }

  tests::Temporary place_;
  Space space_ = tests::mixed_space();
  Owner me_{"me", Seconds(3600)};
  Owner late_{"late", Seconds(0)};
  std::unique_ptr<tests::PostgresqlServer> server_;
  std::unique_ptr<StudyStore> store_;
  StudyInfo study_;
};

TEST_P(Store, KeepsEveryBitOfATrial) {
  const Claim claim = propose(0, me_);
  EXPECT_TRUE(store_->report(claim, {2, {{"error", 0.1 + 0.2}}}).value());
  EXPECT_TRUE(store_->report(claim, {1, {{"error", 0.5}}}).value());
  EXPECT_TRUE(store_->tell(claim, completed({{"error", 1.0 / 3}}), Seconds(1.5)).value());
  store_ = open();
  const std::vector<Trial> trials = all();
  ASSERT_EQ(trials.size(), 1U);
  EXPECT_TRUE(same(trials[0].design, trial(0).design));
  EXPECT_EQ(trials[0].state, TrialState::complete);
  EXPECT_EQ(trials[0].metrics.at("error"), 1.0 / 3);
  EXPECT_EQ(trials[0].reason, "because");
  EXPECT_EQ(trials[0].seconds, 1.5);
  ASSERT_EQ(trials[0].reports.size(), 2U);
  EXPECT_EQ(trials[0].reports[1].metrics.at("error"), 0.1 + 0.2);
}

TEST_P(Store, GivesANumberToOneWorkerOnly) {
  const auto other = open();
  EXPECT_TRUE(store_->propose(study_, space_, trial(0), me_).value().has_value());
  EXPECT_FALSE(other->propose(study_, space_, trial(0), me_).value().has_value());
  EXPECT_FALSE(other->propose(study_, space_, trial(2), me_).value().has_value());
  EXPECT_TRUE(other->propose(study_, space_, trial(1), me_).value().has_value());
}

TEST_P(Store, TellsOnlyWhatChanged) {
  const Claim first = propose(0, me_);
  propose(1, me_);
  const Changes before = store_->changes(study_.id, space_, 0).value();
  EXPECT_EQ(before.trials.size(), 2U);
  EXPECT_TRUE(store_->changes(study_.id, space_, before.revision)->trials.empty());
  ASSERT_TRUE(store_->tell(first, completed({}), Seconds(1)).value());
  const Changes after = store_->changes(study_.id, space_, before.revision).value();
  ASSERT_EQ(after.trials.size(), 1U);
  EXPECT_EQ(after.trials[0].number, 0);
}

TEST_P(Store, ATrialWhoseLeaseRanOutIsTakenOverAndTheLateWordNotCounted) {
  const Claim lost = propose(0, late_);
  ASSERT_TRUE(store_->report(lost, {1, {{"error", 9}}}).value());
  const auto taken = store_->take_over(study_, space_, me_, nobody_is_gone).value();
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->claim.epoch, 2);
  EXPECT_TRUE(same(taken->design, trial(0).design));
  EXPECT_TRUE(all()[0].reports.empty());
  EXPECT_FALSE(store_->renew(lost, me_).value());
  EXPECT_FALSE(store_->report(lost, {1, {}}).value());
  EXPECT_FALSE(store_->tell(lost, completed({{"error", 1}}), Seconds(1)).value());
  EXPECT_EQ(all()[0].state, TrialState::running);
  EXPECT_TRUE(store_->tell(taken->claim, completed({{"error", 2}}), Seconds(1)).value());
  EXPECT_FALSE(store_->tell(taken->claim, completed({{"error", 3}}), Seconds(1)).value());
  EXPECT_EQ(all()[0].metrics.at("error"), 2);
  EXPECT_EQ(store_->late(study_.id).value(), 2);
}

TEST_P(Store, ATrialInItsLeaseIsLeftToItsOwner) {
  propose(0, me_);
  EXPECT_FALSE(store_->take_over(study_, space_, late_, nobody_is_gone)->has_value());
  const auto gone = [](const std::string& owner) { return owner == "me"; };
  EXPECT_TRUE(store_->take_over(study_, space_, late_, gone)->has_value());
}

TEST_P(Store, AHeartbeatRenewsTheLease) {
  const Claim claim = propose(0, late_);
  EXPECT_TRUE(store_->renew(claim, me_).value());
  EXPECT_FALSE(store_->take_over(study_, space_, me_, nobody_is_gone)->has_value());
}

TEST_P(Store, ATrialThatKillsItsWorkersIsGivenUp) {
  propose(0, late_);
  propose(1, me_);
  for (std::int64_t epoch = 2; epoch <= most_epochs; ++epoch) {
    EXPECT_TRUE(store_->take_over(study_, space_, late_, nobody_is_gone)->has_value());
  }
  EXPECT_FALSE(store_->take_over(study_, space_, late_, nobody_is_gone)->has_value());
  EXPECT_EQ(all()[0].state, TrialState::failed);
  EXPECT_THAT(all()[0].failure, HasSubstr("died 3 times"));
  EXPECT_EQ(all()[1].state, TrialState::running);
}

TEST_P(Store, ATrialGivenBackDoesNotCountAsADeath) {
  const Claim claim = propose(0, me_);
  ASSERT_TRUE(store_->release(claim).has_value());
  const auto again = store_->take_over(study_, space_, me_, nobody_is_gone).value();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->claim.epoch, 1);
}

TEST_P(Store, AStudyOfTheSameNameMustBeTheSame) {
  EXPECT_EQ(store_->enter("s", "definition", 7)->id, study_.id);
  EXPECT_EQ(store_->enter("s", "another", 7).error().fault, Fault::bad_input);
  EXPECT_EQ(store_->enter("s", "definition", 8).error().fault, Fault::bad_input);
}

TEST_P(Store, ListsCountsAndRemoves) {
  ASSERT_TRUE(store_->tell(propose(0, me_), completed({}), Seconds(1)).value());
  ASSERT_TRUE(store_->tell(propose(1, me_), failed_because("x"), Seconds(1)).value());
  propose(2, me_);
  const StudyInfo info = store_->find("s").value();
  EXPECT_EQ(info.trials, 3);
  EXPECT_EQ(info.complete, 1);
  EXPECT_EQ(info.failed, 1);
  EXPECT_EQ(info.running, 1);
  EXPECT_THAT(store_->find("t").error().hint, HasSubstr("'s'"));
  ASSERT_TRUE(store_->enter("t", "x", 1).has_value());
  EXPECT_EQ(store_->list()->size(), 2U);
  ASSERT_TRUE(store_->remove(study_.id).has_value());
  EXPECT_EQ(store_->find("s").error().fault, Fault::not_found);
  EXPECT_TRUE(all().empty());
}

TEST_P(Store, ImportsTrialsInOrder) {
  Trial first = trial(0);
  first.state = TrialState::complete;
  first.metrics = {{"error", 1}};
  first.reports = {{1, {{"error", 2}}}};
  ASSERT_TRUE(store_->import(study_.id, space_, first).has_value());
  EXPECT_EQ(store_->import(study_.id, space_, first).error().fault, Fault::bad_input);
  EXPECT_EQ(all()[0].reports.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Search, Store, ::testing::Values(sqlite, postgresql),
                         [](const auto& entry) { return std::string(entry.param); });

TEST(SqliteStore, RefusesForeignAndNewerFiles) {
  const tests::Temporary place;
  const auto file = place.path() / "studies.sqlite";
  ASSERT_TRUE(open_sqlite(file).has_value());
  const auto foreign = place.path() / "foreign.sqlite";
  SQLite::Database(foreign.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE x(y)");
  EXPECT_EQ(open_sqlite(foreign).error().fault, Fault::bad_input);
  EXPECT_EQ(open_sqlite(place.write("text.sqlite", std::string(5000, 'x'))).error().fault, Fault::bad_input);
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version=99");
  EXPECT_EQ(open_sqlite(file).error().fault, Fault::unsupported);
  EXPECT_EQ(open_sqlite("/proc/no/studies.sqlite").error().fault, Fault::permission);
}

TEST(PostgresqlStore, SaysWhatToDoWhereNoneAnswersAndHidesThePassword) {
  const auto store = open_postgresql("postgresql://me:secret@localhost:1/none");
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().fault, Fault::failed);
  EXPECT_EQ(store.error().where, "postgresql://me:...@localhost:1/none");
  EXPECT_FALSE(store.error().hint.empty());
}

TEST(PostgresqlStore, WaitsForADatabaseThatIsAway) {
  if (!tests::PostgresqlServer::programs()) GTEST_SKIP() << "skipped: PostgreSQL is not installed";
  tests::PostgresqlServer server;
  const auto store = open_postgresql(server.address()).value();
  ASSERT_TRUE(store->enter("s", "definition", 1).has_value());
  ASSERT_TRUE(server.stop());
  std::thread returning([&server] { server.start(); });
  EXPECT_TRUE(store->find("s").has_value());
  returning.join();
}

}  // namespace
}  // namespace forecost::search
