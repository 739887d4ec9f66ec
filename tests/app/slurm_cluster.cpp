// SPDX-License-Identifier: Apache-2.0
#include "tests/app/slurm_cluster.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace forecost::app_tests {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// Daemons lie in sbin, which is in few users' PATH.
std::string program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
    if (access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  return "";
}

/// A port of loopback that nobody uses now.
int free_port() {
  const int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* general = reinterpret_cast<sockaddr*>(&address);
  const bool bound = bind(end, general, size) == 0 && getsockname(end, general, &size) == 0;
  close(end);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// Of "slurm-wlm 22.05.8" 22.
int version() {
  const std::string text = output_of(program("slurmd") + " -V");
  const std::size_t digit = text.find_first_of("0123456789");
  return digit == std::string::npos ? 0 : std::stoi(text.substr(digit));
}

std::string host() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return std::string(name.data()).substr(0, std::string(name.data()).find('.'));
}

/// cred_expire: how long a job that is queued again has to wait, 5 s at least.
std::string configuration(const fs::path& folder) {
  return fmt::format(R"(ClusterName=forecost
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=6
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
KillWait=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
)",
                     fmt::arg("host", host()), fmt::arg("folder", folder.string()),
                     fmt::arg("control_port", free_port()), fmt::arg("node_port", free_port()));
}

void start(const fs::path& folder, const std::vector<std::string>& words) {
  const pid_t child = fork();
  if (child != 0) return;
  const int log = open((folder / "daemons.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  std::vector<char*> pointers;
  std::vector<std::string> copy = words;
  for (std::string& word : copy) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(pointers.front(), pointers.data());
  _exit(127);
}

/// Everything below a process, from the parents that /proc tells.
std::vector<pid_t> descendants(pid_t of) {
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stream(entry.path() / "stat");
    std::string text;
    std::getline(stream, text);
    const std::size_t bracket = text.rfind(')');
    if (bracket == std::string::npos) continue;
    std::istringstream rest(text.substr(bracket + 1));
    std::string state;
    pid_t parent = 0;
    rest >> state >> parent;
    children.emplace(parent, std::stoi(name));
  }
  std::vector<pid_t> found{of};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto range = children.equal_range(found[i]);
    for (auto child = range.first; child != range.second; ++child) found.push_back(child->second);
  }
  found.erase(found.begin());
  return found;
}

/// The guard: the orphans of the daemons become its children. Never returns.
[[noreturn]] void guard(const fs::path& folder, int leash) {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string at = folder.string();
  const std::string settings = at + "/slurm.conf";
  start(folder, {program("munged"), "--foreground", "--force", "--socket=" + at + "/munge.sock",
                 "--key-file=" + at + "/munge.key", "--pid-file=" + at + "/munged.pid",
                 "--log-file=" + at + "/munged.log", "--seed-file=" + at + "/munge.seed"});
  for (int i = 0; i < 100 && !fs::exists(folder / "munge.sock"); ++i)
    std::this_thread::sleep_for(milliseconds(50));
  start(folder, {program("slurmctld"), "-D", "-f", settings});
  start(folder, {program("slurmd"), "-D", "-f", settings});
  char nothing = 0;
  while (read(leash, &nothing, 1) < 0 && errno == EINTR) {
  }
  for (;;) {
    for (const pid_t one : descendants(getpid())) kill(one, SIGKILL);
    pid_t ended = 0;
    while ((ended = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0 && errno == ECHILD) _exit(0);
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void write_key(const fs::path& file) {
  std::random_device random;
  std::ofstream stream(file, std::ios::binary);
  for (int i = 0; i < 256; ++i) {
    const auto word = random();
    stream.write(reinterpret_cast<const char*>(&word), sizeof word);
  }
  stream.close();
  fs::permissions(file, fs::perms::owner_read);
}

}  // namespace

std::string SlurmCluster::missing() {
  if (geteuid() != 0) return "root, which slurmd needs";
  for (const char* name : {"munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel"}) {
    if (program(name).empty()) return name;
  }
  return "";
}

SlurmCluster::SlurmCluster(const fs::path& folder) : folder_(folder) {
  fs::create_directories(folder / "state");
  fs::create_directories(folder / "spool");
  write_key(folder / "munge.key");
  std::ofstream(folder / "slurm.conf") << configuration(folder);
  // Newer daemons take control groups by default, older ones do not know the word.
  if (version() >= 23) std::ofstream(folder / "cgroup.conf") << "CgroupPlugin=disabled\n";
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  guard_ = fork();
  if (guard_ == 0) {
    close(ends[1]);
    guard(folder, ends[0]);
  }
  close(ends[0]);
  leash_ = ends[1];
  setenv("SLURM_CONF", (folder / "slurm.conf").c_str(), 1);
  const auto log = folder / "slurmd.log";
  comes_true([this, &log] {
    ready_ = output_of("sinfo -h -o %t 2>/dev/null").rfind("idle", 0) == 0;
    return ready_ || output_of("grep 'initialization failed' " + log.string() + " 2>/dev/null") != "";
  });
}

SlurmCluster::~SlurmCluster() {
  close(leash_);
  waitpid(guard_, nullptr, 0);
}

std::string SlurmCluster::logs() const {
  return output_of("tail -n 20 " + folder_.string() + "/*.log");
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("no shell");
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), count);
  pclose(pipe);
  return text;
}

bool comes_true(const std::function<bool()>& question) {
  for (int i = 0; i < 1200; ++i) {
    if (question()) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

}  // namespace forecost::app_tests
