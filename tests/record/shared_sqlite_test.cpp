// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/shared_sqlite.h"

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

namespace forecost::record {
namespace {

class SharedSqlite : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(int number) const {
    return (folder_ / ("shared-" + std::to_string(number) + ".sqlite")).string();
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("forecost-shared-" + std::to_string(::getpid()));
};

TEST_F(SharedSqlite, TwoThatOpenANewFileAtOnceBothMay) {
  constexpr int files = 200;  // without asking again about 2 in 100 fail
  for (int i = 0; i < files; ++i) {
    std::atomic<int> ready{0};
    std::atomic<int> opened{0};
    const auto open = [&] {
      ++ready;
      while (ready < 2) std::this_thread::yield();
      SQLite::Database sqlite(file(i), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      share(sqlite, 30000);
      ++opened;
    };
    std::thread other([&] { EXPECT_NO_THROW(open()); });
    EXPECT_NO_THROW(open());
    other.join();
    EXPECT_EQ(opened, 2);
  }
}

TEST_F(SharedSqlite, OneThatIsHeldForTooLongIsSaidToBeBusy) {
  SQLite::Database holder(file(0), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  holder.exec("CREATE TABLE t(a); BEGIN EXCLUSIVE");
  SQLite::Database other(file(0), SQLite::OPEN_READWRITE);
  try {
    share(other, 20);
    FAIL() << "the file is locked";
  } catch (const SQLite::Exception& problem) {
    EXPECT_EQ(problem.getErrorCode(), SQLITE_BUSY);
  }
  holder.exec("COMMIT");
  share(other, 20);
  EXPECT_EQ(other.execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_EQ(other.execAndGet("PRAGMA foreign_keys").getInt(), 1);
}

}  // namespace
}  // namespace forecost::record
