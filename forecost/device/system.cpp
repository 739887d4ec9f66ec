// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/system.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "forecost/device/child_process.h"
#include "forecost/device/proc_text.h"

namespace forecost::device {
namespace {

Seconds read_clock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return Seconds(0);
  return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
}

Error error_of(int code, const std::filesystem::path& file, const char* verb) {
  const auto what = fmt::format("cannot {} the file: {}", verb, std::strerror(code));
  if (code == ENOENT || code == ENOTDIR) return {Fault::not_found, what, file.string(), "check the path"};
  if (code == EACCES || code == EPERM) {
    return {Fault::permission, what, file.string(), "run as a user who may access it"};
  }
  return {Fault::failed, what, file.string(), "check that the file system is in order"};
}

class Repeating final : public Repetition {
 public:
  Repeating(Seconds period, std::function<void()> work)
      : period_(period.value), work_(std::move(work)), thread_([this] { go_on(); }) {}
  ~Repeating() override {
    {
      const std::lock_guard<std::mutex> guard(lock_);
      ends_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void go_on() {
    std::unique_lock<std::mutex> guard(lock_);
    while (!wake_.wait_for(guard, period_, [this] { return ends_; })) {
      guard.unlock();
      work_();
      guard.lock();
    }
  }

  std::chrono::duration<double> period_;
  std::function<void()> work_;
  std::mutex lock_;
  std::condition_variable wake_;
  bool ends_ = false;
  std::thread thread_;  // last: it uses all of the above
};

class ThisMachine final : public System {
 public:
  Seconds now() const override { return read_clock(CLOCK_MONOTONIC); }
  Seconds thread_cpu_time() const override { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
  Seconds process_cpu_time() const override { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }
  std::int64_t unix_time() const override { return static_cast<std::int64_t>(::time(nullptr)); }

  Seconds wall_clock() const override { return read_clock(CLOCK_REALTIME); }
  void sleep(Seconds time) const override {
    if (time.value > 0) std::this_thread::sleep_for(std::chrono::duration<double>(time.value));
  }
  std::unique_ptr<Repetition> repeat(Seconds period, std::function<void()> work) const override {
    return std::make_unique<Repeating>(period, std::move(work));
  }

  std::optional<CpuTimes> cpu_times() const override {
    const auto text = read_text("/proc/stat");
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    return text && ticks > 0 ? cpu_times_of(*text, ticks) : std::nullopt;
  }

  std::optional<double> frequency_mhz(int core) const override {
    const auto text = read_text(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", core));
    if (!text) return std::nullopt;
    const double khz = std::strtod(text->c_str(), nullptr);
    return khz > 0 ? std::optional(khz * 1e-3) : std::nullopt;
  }

  std::int64_t involuntary_switches() const override {
    rusage usage{};
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
  }

  Bytes resident_peak() const override { return status_field("VmHWM"); }
  Bytes resident_now() const override { return status_field("VmRSS"); }

  Status reset_resident_peak() const override {
    const char* file = "/proc/self/clear_refs";
    errno = 0;
    std::ofstream stream(file);
    if (stream) stream << "5" << std::flush;
    if (stream) return Done{};
    auto error = error_of(errno, file, "write");
    error.hint = "measure memory in a fresh process for each network";
    return error;
  }

  Result<std::string> read_text(const std::filesystem::path& file) const override {
    std::error_code code;
    if (std::filesystem::is_directory(file, code)) {
      return Error{Fault::bad_input, "a folder was given where a file is expected", file.string(),
                   "name a file in it"};
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return error_of(errno, file, "open");
    // A file of /proc may fail in the midst, when its process ends; stream iterators would throw then.
    std::string text;
    std::array<char, 4096> part{};
    do {
      stream.read(part.data(), part.size());
      text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
    } while (stream);
    if (stream.bad()) return error_of(errno, file, "read");
    return text;
  }

  Result<std::vector<std::string>> list_folder(const std::filesystem::path& folder) const override {
    std::error_code code;
    std::vector<std::string> names;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator entry(folder, code); !code && entry != end;
         entry.increment(code)) {
      names.push_back(entry->path().filename().string());
    }
    if (code) return error_of(code.value(), folder, "list");
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::string> run_program(const std::string& command, Seconds longest) const override {
    FORECOST_TRY(ChildProcess program, ChildProcess::start({command}, {}, {}));
    std::string text;
    const auto keep = [&text](const std::string& line) { text += line + "\n"; };
    const Seconds begin = now();
    for (;;) {
      const Seconds left = longest - (now() - begin);
      if (left.value <= 0) {
        return Error{Fault::exhausted, fmt::format("the program gave no answer in {}", to_text(longest)),
                     command, "run it by hand to see what it waits for"};
      }
      const int wait = static_cast<int>(std::clamp(left.value * 1e3, 1.0, 100.0));
      const std::optional<Ending> ending = program.wait(wait, keep);
      if (!ending) continue;
      if (ending->signal == 0 && ending->exit_code == 0) return text;
      const std::string how = ending->signal != 0 ? fmt::format("was ended by signal {}", ending->signal)
                                                  : fmt::format("ended with {}", ending->exit_code);
      const std::string words = program.last_words();
      return Error{Fault::failed, fmt::format("the program {}{}{}", how, words.empty() ? "" : ": ", words),
                   command, "run it by hand to see what is wrong"};
    }
  }

  std::optional<std::string> environment(const std::string& name) const override {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }

  int online_cores() const override { return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); }
  std::vector<int> allowed_cores() const override {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cores;
    if (sched_getaffinity(getpid(), sizeof(set), &set) != 0) return cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(static_cast<std::size_t>(core), &set)) cores.push_back(core);
    }
    return cores;
  }

 private:
  Bytes status_field(std::string_view field) const {
    const auto text = read_text("/proc/self/status");
    return text ? kilobytes_field(*text, field).value_or(Bytes(0)) : Bytes(0);
  }
};

class NoRepetition final : public Repetition {};

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): those who override it keep the work
std::unique_ptr<Repetition> System::repeat(Seconds, std::function<void()>) const {
  return std::make_unique<NoRepetition>();
}

Result<std::vector<std::string>> System::list_folder(const std::filesystem::path& folder) const {
  return Error{Fault::not_found, "no such folder", folder.string(), "check the path"};
}

Result<std::string> System::run_program(const std::string& command, Seconds) const {
  return Error{Fault::unsupported, "this machine runs no programs", command, "measure on another one"};
}

std::unique_ptr<System> this_machine() {
  return std::make_unique<ThisMachine>();
}

}  // namespace forecost::device
