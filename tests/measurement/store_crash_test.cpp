// SPDX-License-Identifier: Apache-2.0
// What is left of a store when the process that writes it dies, or the disk is full. The writers are child
// processes.
#include <csignal>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forecost/device/temp_folder.h"
#include "forecost/measurement/store.h"
#include "tests/measurement/made_up_records.h"

namespace forecost::measurement {
namespace {

using testing::HasSubstr;

/// A record that says by its own content whether it is whole.
Record numbered(int number) {
  Record record = made_up::record("net" + std::to_string(number), 1, std::vector<double>(40, 1e-3));
  for (std::size_t k = 0; k < record.kernels.size(); ++k)
    record.kernels[k].signature = std::to_string(number) + "/" + std::to_string(k);
  return record;
}

/// Exit codes of a writing child.
enum Ending { all_written = 0, refused_as_full = 1, refused_otherwise = 2, could_not_open = 3 };

/// Adds records from `first` on until one is refused or `count` are in; writes one byte into `told` after
/// each.
int add_records(const std::filesystem::path& file, int first, int count, int told) {
  auto store = Store::open(file);
  if (!store) return could_not_open;
  const auto device = store->enter_device(made_up::card());
  if (!device) return could_not_open;
  const auto run = store->begin(*device, {});
  if (!run) return could_not_open;
  for (int number = first; number < first + count; ++number) {
    const Status added = store->add(*device, *run, numbered(number));
    if (!added) {
      const bool says_what_to_do = added.error().hint.find("free disk space") != std::string::npos;
      return added.error().fault == Fault::exhausted && says_what_to_do ? refused_as_full : refused_otherwise;
    }
    if (::write(told, "x", 1) != 1) return refused_otherwise;
  }
  return all_written;
}

class StoreInChild : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(pipe_), 0); }
  void TearDown() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

  std::filesystem::path file() const { return folder_->path() / "measurements.sqlite"; }

  template <typename Work>
  pid_t child(const Work& work) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(work());  // no destructors: the temporary folder belongs to the parent
    return pid;
  }

  static int exit_code(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  /// Waits until the child said `count` times that a record is in.
  void await(int count) {
    char byte = 0;
    for (int i = 0; i < count; ++i) ASSERT_EQ(::read(pipe_[0], &byte, 1), 1);
  }

  /// Every record is whole, and they are net0, net1, ... without a gap; returns how many.
  int whole_records() {
    EXPECT_EQ(SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
                  .execAndGet("PRAGMA integrity_check")
                  .getString(),
              "ok");
    auto store = Store::open(file());
    if (!store) throw std::runtime_error(to_string(store.error()));
    const auto records = store->records(*store->enter_device(made_up::card()), "calibration");
    if (!records) throw std::runtime_error(to_string(records.error()));
    int number = 0;
    for (const Record& record : *records)
      EXPECT_EQ(made_up::text_of(record), made_up::text_of(numbered(number++)));
    return number;
  }

  Result<device::TempFolder> folder_ = device::TempFolder::make(*device::this_machine());
  int pipe_[2] = {-1, -1};
};

TEST_F(StoreInChild, AKillAtAnyMomentLeavesAllRecordsFinishedBefore) {
  int finished = 0;
  // Each round kills at another point of the next transaction and goes on in the same file.
  for (const int added : {1, 5, 2, 9}) {
    const pid_t pid = child([&] { return add_records(file(), finished, 100000, pipe_[1]); });
    await(added);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    EXPECT_EQ(exit_code(pid), -SIGKILL);
    const int found = whole_records();
    EXPECT_GE(found, finished + added);
    finished = found;
    // The child may have said more than was waited for.
    ::close(pipe_[0]);
    ::close(pipe_[1]);
    ASSERT_EQ(::pipe(pipe_), 0);
  }
}

TEST_F(StoreInChild, AFullDiskIsSaidAndWhatWasStoredBeforeIsKept) {
  const pid_t pid = child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 400 << 10, .rlim_max = 400 << 10};  // per file, so also for the journal
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return int{could_not_open};
    return add_records(file(), 0, 2000, pipe_[1]);
  });
  ASSERT_EQ(exit_code(pid), refused_as_full);
  const int found = whole_records();
  EXPECT_GT(found, 0);
  ASSERT_NO_FATAL_FAILURE(await(found));  // as many as the child was told
}

TEST_F(StoreInChild, TwoWritersTakeTurns) {
  ASSERT_EQ(exit_code(child([&] { return add_records(file(), 0, 0, pipe_[1]); })), all_written);
  const pid_t first = child([&] { return add_records(file(), 0, 30, pipe_[1]); });
  const pid_t second = child([&] { return add_records(file(), 100, 30, pipe_[1]); });
  EXPECT_EQ(exit_code(first), all_written);
  EXPECT_EQ(exit_code(second), all_written);
  auto store = Store::open(file());
  ASSERT_TRUE(store);
  EXPECT_EQ(store->names(*store->enter_device(made_up::card()), "calibration")->size(), 60U);
}

}  // namespace
}  // namespace forecost::measurement
