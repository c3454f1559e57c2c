#include "tests/e2e/support/process.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>

namespace lb::e2e {
namespace {

constexpr int kExecFailed = 126;

struct Pipe {
  Fd reading;
  Fd writing;
};

Pipe new_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Failure(std::string("pipe: ") + std::strerror(errno));
  return {.reading = Fd(ends[0]), .writing = Fd(ends[1])};
}

// A file that is there as long as the child may open it.
class HostsFile {
 public:
  explicit HostsFile(const std::string& text) {
    if (text.empty()) return;
    std::string path = (std::filesystem::temp_directory_path() / "lb_e2e_hosts_XXXXXX").string();
    const Fd file(::mkstemp(path.data()));
    if (!file.open() || ::write(file.number(), text.data(), text.size()) < 0)
      throw Failure("cannot write " + path);
    ::fchmod(file.number(), 0644);
    path_ = path;
  }
  HostsFile(const HostsFile&) = delete;
  HostsFile& operator=(const HostsFile&) = delete;
  ~HostsFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  [[nodiscard]] const char* path() const { return path_.empty() ? nullptr : path_.c_str(); }

 private:
  std::string path_;
};

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("LB_")) environment.emplace_back(*entry);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// LISTEN_PID has to name a process that is not there yet: it writes its number itself.
constexpr std::string_view kListenPid = "LISTEN_PID=";
constexpr std::size_t kPidDigits = 10;
constexpr int kFirstSocket = 3;
constexpr int kOutOfTheWay = 512;

void write_own_pid(char* digits) {
  pid_t pid = ::getpid();
  for (std::size_t i = kPidDigits; i > 0; pid /= 10)
    digits[--i] = static_cast<char>('0' + pid % 10);
}

// To the numbers where they are expected; some may be among those numbers now.
bool hand_over(std::span<const int> sockets) {
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (::dup2(sockets[i], kOutOfTheWay + static_cast<int>(i)) < 0) return false;
  }
  for (int i = 0; i < static_cast<int>(sockets.size()); ++i) {
    if (::dup2(kOutOfTheWay + i, kFirstSocket + i) < 0 || ::close(kOutOfTheWay + i) != 0)
      return false;
  }
  return true;
}

bool bind_hosts(const char* hosts_path) {
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
         ::mount(hosts_path, "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
}

bool write_text(const char* path, std::string_view text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

bool raise_loopback() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP;
  const bool up = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  ::close(socket);
  return up;
}

bool enter_network(std::string_view ports) {
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && raise_loopback() &&
         write_text("/proc/sys/net/ipv4/ip_local_port_range", ports) &&
         write_text("/proc/sys/net/ipv4/tcp_tw_reuse", "0");
}

// Runs between fork and exec of a program with threads: nothing but system calls here.
struct Child {
  const char* binary;
  char** arguments;
  char** environment;
  int output;
  int errors;
  const char* hosts;
  std::string_view own_network_ports;
  rlim_t descriptors_soft_max;
  rlim_t descriptors_hard_max;
  std::span<const int> sockets;
  char* own_pid;  // where its digits go in the environment

  [[noreturn]] void becomes() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    if (!sockets.empty()) {
      if (!hand_over(sockets)) ::_exit(kExecFailed);
      write_own_pid(own_pid);
    }
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (descriptors_hard_max > 0) limit = {descriptors_hard_max, descriptors_hard_max};
    if (descriptors_soft_max > 0) limit.rlim_cur = descriptors_soft_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (hosts != nullptr && !bind_hosts(hosts)) ::_exit(kExecFailed);
    if (!own_network_ports.empty() && !enter_network(own_network_ports)) ::_exit(kExecFailed);
    ::execve(binary, arguments, environment);
    ::_exit(kExecFailed);
  }
};

}  // namespace

Lines::Lines(Fd pipe) {
  reading_ = std::thread([this, fd = std::move(pipe)] { reads(fd); });
}

Lines::~Lines() {
  reading_.join();
}

std::vector<std::string> Lines::all() const {
  const std::scoped_lock lock(mutex_);
  return lines_;
}

std::optional<std::string> Lines::waits_for(std::string_view text, std::size_t from,
                                            Deadline deadline) const {
  std::unique_lock lock(mutex_);
  for (std::size_t next = from;;) {
    for (; next < lines_.size(); ++next) {
      if (lines_[next].contains(text)) return lines_[next];
    }
    if (ended_ || deadline.passed()) return std::nullopt;
    changed_.wait_until(lock, deadline.at());
  }
}

void Lines::waits_for_end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
}

void Lines::reads(const Fd& pipe) {
  std::string rest;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t size = ::read(pipe.number(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    const std::scoped_lock lock(mutex_);
    if (size <= 0) {
      if (!rest.empty()) lines_.push_back(rest);
      ended_ = true;
      changed_.notify_all();
      return;
    }
    rest.append(block.data(), static_cast<std::size_t>(size));
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      lines_.push_back(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
    changed_.notify_all();
  }
}

Process::Process(const std::string& binary, const std::vector<std::string>& arguments,
                 const Surroundings& surroundings) {
  std::vector<std::string> command{binary};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = environment_with(surroundings.environment);
  if (!surroundings.sockets.empty()) {
    environment.push_back("LISTEN_FDS=" + std::to_string(surroundings.sockets.size()));
    environment.push_back(std::string(kListenPid) + std::string(kPidDigits, '0'));
  }
  std::vector<char*> argument_pointers = pointers_to(command);
  std::vector<char*> environment_pointers = pointers_to(environment);
  Pipe output = new_pipe();
  Pipe errors = new_pipe();
  const HostsFile hosts(surroundings.hosts);
  const Child child{
      .binary = binary.c_str(),
      .arguments = argument_pointers.data(),
      .environment = environment_pointers.data(),
      .output = output.writing.number(),
      .errors = errors.writing.number(),
      .hosts = hosts.path(),
      .own_network_ports = surroundings.own_network_ports,
      .descriptors_soft_max = surroundings.descriptors_soft_max,
      .descriptors_hard_max = surroundings.descriptors_hard_max,
      .sockets = surroundings.sockets,
      .own_pid = environment.empty() ? nullptr : environment.back().data() + kListenPid.size()};
  // A pipe of its own that closes at exec: the hosts file may go only when the child has it.
  Pipe started = new_pipe();
  pid_ = ::fork();
  if (pid_ < 0) throw Failure(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) child.becomes();
  // Not pidfd_open(3): the header of glibc 2.36 gives it no C linkage.
  handle_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  started.writing.close();
  char nothing = 0;
  while (::read(started.reading.number(), &nothing, 1) < 0 && errno == EINTR) continue;
  output.writing.close();
  errors.writing.close();
  output_.emplace(std::move(output.reading));
  errors_.emplace(std::move(errors.reading));
}

Process::~Process() {
  if (has_exited()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  ::kill(pid_, number);
}

void Process::stops() const {
  signal(SIGSTOP);
  waits_until("lb has stopped", [this] {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG) == 0 &&
           info.si_pid == pid_;
  });
}

int Process::waits_for_exit(Deadline deadline) {
  if (exit_) return *exit_;
  pollfd entry{.fd = handle_.number(), .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, deadline.poll_milliseconds()) == 0) throw Failure("lb does not exit");
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) throw Failure("waitpid");
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  if (shares_output_) return *exit_;
  output_->waits_for_end();
  errors_->waits_for_end();
  return *exit_;
}

std::size_t Process::descriptor_count() const {
  const std::filesystem::path folder = "/proc/" + std::to_string(pid_) + "/fd";
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

bool Process::can_have_hosts() {
  Surroundings surroundings;
  surroundings.hosts = "127.0.0.1 localhost\n";
  return Process("/bin/true", {}, surroundings).waits_for_exit() == 0;
}

bool Process::can_have_network() {
  Surroundings surroundings;
  surroundings.own_network_ports = "20000 20999";
  return Process("/bin/true", {}, surroundings).waits_for_exit() == 0;
}

// The 14th and 15th word of proc_pid_stat(5); the second, a name in parentheses, may hold spaces.
std::chrono::milliseconds Process::cpu_time() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string stat((std::istreambuf_iterator<char>(file)), {});
  std::istringstream words(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) words >> skipped;
  long user = 0;
  long system = 0;
  words >> user >> system;
  return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

// proc_pid_task_children(5)
std::vector<pid_t> Process::children() const {
  const std::string number = std::to_string(pid_);
  std::ifstream file("/proc/" + number + "/task/" + number + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

std::size_t Process::status_bytes(std::string_view name) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key;
    std::size_t kilobytes = 0;
    if (words >> key >> kilobytes && key == name) return kilobytes * 1024;
  }
  throw Failure("no " + std::string(name) + " of lb: is it still running?");
}

}  // namespace lb::e2e
