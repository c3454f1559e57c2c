#include "lb/os/process.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstring>

#include "os/linux/sockaddr.h"
#include "os/linux/stream_options.h"

namespace lb::os {
namespace {

// The name of an abstract socket begins with NUL and ends where its length says.
SocketAddress notify_address(const std::string& path) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const std::size_t length = std::min(path.size(), sizeof un.sun_path - 1);
  std::memcpy(un.sun_path, path.data(), length);
  const bool abstract = path.starts_with('@');
  if (abstract) un.sun_path[0] = '\0';
  SocketAddress result;
  std::memcpy(&result.storage, &un, sizeof un);
  result.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
  return result;
}

// A child begins with no signal blocked, and with the usual reactions.
struct SpawnAttributes {
  SpawnAttributes() {
    posix_spawnattr_init(&value);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&value, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&value, &signals);
    posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&value); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t value{};
};

struct SpawnActions {
  SpawnActions() { posix_spawn_file_actions_init(&value); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&value); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t value{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::expected<int, int> int_option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, name, &value, &length) != 0) return std::unexpected(errno);
  return value;
}

}  // namespace

std::uint64_t process_id() {
  return static_cast<std::uint64_t>(getpid());
}

std::expected<std::string, int> executable_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t bytes = readlink("/proc/self/exe", path.data(), path.size());
  if (bytes < 0) return std::unexpected(errno);
  return std::string(path.data(), static_cast<std::size_t>(bytes));
}

std::vector<std::string> environment_entries() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::expected<std::uint64_t, int> start_process(const Program& program, int descriptor) {
  std::vector<std::string> command{program.name};
  command.insert(command.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> environment = program.environment;
  SpawnAttributes attributes;
  SpawnActions actions;
  posix_spawn_file_actions_adddup2(&actions.value, descriptor, kInherited);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.path.c_str(), &actions.value, &attributes.value,
                                pointers_to(command).data(), pointers_to(environment).data());
  if (error != 0) return std::unexpected(error);
  return static_cast<std::uint64_t>(pid);
}

void name_process(std::string_view path) {
  const std::string name(path.substr(path.rfind('/') + 1));
  prctl(PR_SET_NAME, name.c_str());
}

std::uint32_t processor_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::uint32_t>(std::max(CPU_COUNT(&set), 1));
}

void kill_process(std::uint64_t process_id) {
  kill(static_cast<pid_t>(process_id), SIGKILL);
}

void end_process(std::uint64_t process_id) {
  kill(static_cast<pid_t>(process_id), SIGTERM);
}

std::optional<EndedProcess> next_ended_process() {
  int status = 0;
  const pid_t pid = waitpid(-1, &status, WNOHANG);
  if (pid <= 0) return std::nullopt;
  return EndedProcess{.process_id = static_cast<std::uint64_t>(pid),
                      .exit = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status)};
}

std::string describe_exit(int exit) {
  return exit >= 0 ? "exited with code " + std::to_string(exit)
                   : "was killed by signal " + std::to_string(-exit);
}

int send_datagram(const std::string& unix_path, std::string_view bytes) {
  if (unix_path.size() >= sizeof(sockaddr_un::sun_path)) return ENAMETOOLONG;
  const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return errno;
  const SocketAddress to = notify_address(unix_path);
  const ssize_t sent =
      sendto(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, to.get(), to.length);
  return sent < 0 ? errno : 0;
}

std::expected<Fd, int> adopt_listener(Fd ours) {
  const int fd = ours.get();
  const auto listening = int_option(fd, SO_ACCEPTCONN);
  if (!listening) return std::unexpected(listening.error());
  const auto type = int_option(fd, SO_TYPE);
  const auto family = int_option(fd, SO_DOMAIN);
  const bool served = family && (*family == AF_INET || *family == AF_INET6 || *family == AF_UNIX);
  if (*listening == 0 || !type || *type != SOCK_STREAM || !served) return std::unexpected(EINVAL);
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return std::unexpected(errno);
  }
  if (*family != AF_UNIX) set_stream_options(fd);
  return ours;
}

Address local_address(int fd) {
  SocketAddress local;
  if (getsockname(fd, local.get(), &local.length) != 0) return {};
  Address address{.ip = from_kernel(local), .unix_path = {}};
  if (local.storage.ss_family == AF_UNIX) {
    sockaddr_un un{};
    std::memcpy(&un, &local.storage, sizeof un);
    const std::size_t length = local.length - offsetof(sockaddr_un, sun_path);
    std::string path(un.sun_path, std::min(length, sizeof un.sun_path));
    if (path.starts_with('\0')) path[0] = '@';
    address.unix_path = path.substr(0, path.find('\0'));
  }
  return address;
}

}  // namespace lb::os
