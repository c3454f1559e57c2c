#pragma once

// What this process shares with others: its number, the sockets it was started with, and what it
// tells its service manager, and
// the processes that it starts.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lb/os/address.h"
#include "lb/os/fd.h"

namespace lb::os {

[[nodiscard]] std::uint64_t process_id();
// The file of this program. To be asked at start: once another one has taken its place, the kernel
// calls it "… (deleted)" (proc_pid_exe(5)).
[[nodiscard]] std::expected<std::string, int> executable_path();

struct Program {
  std::string path;
  std::string name;                      // its argument 0
  std::vector<std::string> arguments;    // without its name
  std::vector<std::string> environment;  // "NAME=value"
};
// What this process was started with.
[[nodiscard]] std::vector<std::string> environment_entries();
// Starts it with one descriptor beside the standard ones, kInherited, which stands for `descriptor`
// here. Returns its process id or an errno.
inline constexpr int kInherited = 3;
[[nodiscard]] std::expected<std::uint64_t, int> start_process(const Program& program,
                                                              int descriptor);
// The file of this process itself, also when another one has taken its place: what it starts by
// this path is what it is.
inline constexpr const char* kOwnExecutable = "/proc/self/exe";
// What ps(1) and top(1) call this process: the last part of that path. The kernel calls it after
// the path that it was started by, "exe" after kOwnExecutable, and keeps at most 15 bytes.
void name_process(std::string_view path);
[[nodiscard]] std::uint32_t processor_count();  // that this process may run on
void kill_process(std::uint64_t process_id);    // SIGKILL
void end_process(std::uint64_t process_id);     // SIGTERM
// A child that has ended, after SIGCHLD; nothing: there is none (any more). Its exit code, or minus
// the number of the signal that killed it.
struct EndedProcess {
  std::uint64_t process_id = 0;
  int exit = 0;
};
[[nodiscard]] std::optional<EndedProcess> next_ended_process();
[[nodiscard]] std::string describe_exit(int exit);  // "exited with code 7"

// One datagram to a unix socket, or an errno (EAGAIN: its queue is full). A path that begins with
// '@' is in the abstract namespace (unix(7)).
[[nodiscard]] int send_datagram(const std::string& unix_path, std::string_view bytes);

// Makes a socket that somebody else has bound and set to listen ours: with the options that
// listen() gives, closed on exec. EBADF, ENOTSOCK, EINVAL: it is no listening stream socket.
[[nodiscard]] std::expected<Fd, int> adopt_listener(Fd fd);
[[nodiscard]] Address local_address(int fd);

}  // namespace lb::os
