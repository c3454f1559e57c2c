#pragma once

// The seam: every call that `lb` makes to the kernel, as free functions. The program links the
// Linux bodies (src/os/linux); the linker may put others in their place, so nothing here is virtual
// and nothing outside this room includes a system header.
//
// Conventions: descriptors are nonblocking and close-on-exec. Errors are errno values; 0 is none.
// EINTR is handled here, but for wait(), which a caller sees as an empty batch.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lb/os/address.h"
#include "lb/os/fd.h"

namespace lb::os {

// Time that only goes forward (CLOCK_MONOTONIC). Read once a turn, by the Reactor.
using Time = std::chrono::steady_clock::time_point;
[[nodiscard]] Time now();

// Microseconds since 1970-01-01 UTC (CLOCK_REALTIME); may jump. For the stamps of the access log.
[[nodiscard]] std::chrono::microseconds wall_time();

// Broken-down local time of a second since 1970, with the distance to UTC (localtime_r(3)).
struct LocalTime {
  int year, month, day, hour, minute, second;  // month 1 to 12
  int utc_offset_minutes;
};
[[nodiscard]] LocalTime local_time(std::chrono::seconds since_1970);

[[nodiscard]] std::uint64_t random_seed();  // getrandom(2)

// ---- sockets
// ----------------------------------------------------------------------------------------------------------

struct IoResult {
  std::size_t bytes = 0;  // receive: 0 with no error is the end of the stream
  int error = 0;

  [[nodiscard]] bool would_block() const;
};

[[nodiscard]] IoResult receive(int fd, std::span<char> into);
[[nodiscard]] IoResult send(int fd, std::span<const char> bytes);
// Gathers the slices in order; at most kSlicesMax (sendmsg(2)).
inline constexpr std::size_t kSlicesMax = 4;
[[nodiscard]] IoResult send_slices(int fd, std::span<const std::string_view> slices);

struct Accepted {
  Fd fd;
  IpAddress peer;
  int error = 0;  // EAGAIN: nobody waits; EMFILE, ENFILE, ENOBUFS, ENOMEM: out of something
};
[[nodiscard]] Accepted accept(int listener);

// A stream socket; TCP: without Nagle's delay, with a bound on what waits unsent in the kernel, and
// with probes of a silent peer after 10 s, 5 s apart, three of them.
[[nodiscard]] std::expected<Fd, int> open_stream(Family family);
// 0: connected; EINPROGRESS: writable once it is, or failed (socket_error tells).
[[nodiscard]] int connect(int fd, const Address& address);
[[nodiscard]] int socket_error(int fd);  // SO_ERROR, which is cleared by reading it

// Bound and listening (SO_REUSEADDR; IPV6_V6ONLY, so that ::1 and 127.0.0.1 are two listeners).
// kPort: others of this user may listen there, too, and get a share of the connections
// (SO_REUSEPORT, socket(7)).
enum class Sharing : std::uint8_t { kNone, kPort };
[[nodiscard]] std::expected<Fd, int> listen(const Address& address, int backlog,
                                            Sharing sharing = Sharing::kNone);
[[nodiscard]] std::uint16_t local_port(int fd);

[[nodiscard]] int shut_write(int fd);  // sends FIN after what is queued
void abort_on_close(int fd);           // close() will send RST (SO_LINGER 0)
// Of what was sent, the bytes that the peer has not acknowledged (TCP) or not read (unix):
// SIOCOUTQ.
[[nodiscard]] std::size_t unacknowledged_bytes(int fd);
// How far a connection has come (TCP_INFO, tcp(7)); nothing for what is not TCP.
struct TcpState {
  std::uint64_t bytes_acknowledged = 0;    // by the peer, and one more for the SYN of who connected
  std::chrono::microseconds round_trip{};  // smoothed
  std::chrono::milliseconds since_acknowledgement{};  // by the peer, of anything
};
[[nodiscard]] std::optional<TcpState> tcp_state(int fd);
void close(int fd);

// ---- pipes: bytes that go from one socket to another without coming here (splice(2))

struct PipeEnds {
  Fd out;  // read from
  Fd in;   // written to
};
// EPERM, EBUSY: there is none of that capacity left for this user (pipe(7)).
[[nodiscard]] std::expected<PipeEnds, int> open_pipe(std::size_t capacity);
// Between a socket and an end of a pipe, in either direction. As receive and send; EINVAL: that
// socket cannot. EAGAIN also if the pipe is full or empty. Raises SIGPIPE.
[[nodiscard]] IoResult splice(int from, int to, std::size_t bytes_max);

// ---- readiness: epoll, level-triggered
// ---------------------------------------------------------------------------------

struct Interest {
  bool read : 1 = false;
  bool write : 1 = false;
  [[nodiscard]] bool operator==(const Interest&) const = default;
};

struct Event {
  std::uint64_t token = 0;
  bool readable = false;
  bool writable = false;
  bool hangup = false;  // EPOLLHUP or EPOLLERR: reported whatever was asked for
};

[[nodiscard]] std::expected<Fd, int> open_poller();
// `fd` may be a poller, which is readable while something is ready in it (epoll(7), Q3).
[[nodiscard]] int poller_add(int poller, int fd, Interest interest, std::uint64_t token);
void poller_change(int poller, int fd, Interest interest, std::uint64_t token);
void poller_remove(int poller, int fd);
// Sleeps until something is ready (or, if not `block`, only looks); returns how many of `into` were
// filled.
[[nodiscard]] std::size_t wait(int poller, std::span<Event> into, bool block);

// ---- timers and signals as descriptors
// ---------------------------------------------------------------------------------

[[nodiscard]] std::expected<Fd, int> open_timer();  // timerfd, CLOCK_MONOTONIC
void arm_timer(int fd, Time at);                    // readable from `at` on
void drain_timer(int fd);                           // not readable any more

[[nodiscard]] std::expected<Fd, int> open_signals(
    std::span<const int> signals);  // blocks them, signalfd
[[nodiscard]] std::optional<int> read_signal(int fd);
void ignore_signal(int signal);
extern const int kSignalInterrupt, kSignalTerminate, kSignalHangup, kSignalPipe, kSignalUser2,
    kSignalChild;

// ---- names, files, limits
// ----------------------------------------------------------------------------------------------

// The addresses of a host, in the order of the resolver, duplicates merged (getaddrinfo(3)); or why
// there is none. Blocks: at start only.
[[nodiscard]] std::expected<std::vector<Address>, std::string> resolve(const std::string& host,
                                                                       std::uint16_t port);

// Created if missing, mode 0644.
[[nodiscard]] std::expected<Fd, int> open_append(const std::string& path);
// Which file it is: tells it from a later one of the same name.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  [[nodiscard]] bool operator==(const FileId&) const = default;
};
// The file that a unix socket is bound to (lstat(2)). ENOENT: there is none; ENOTSOCK: what is
// there, be it a link, is no socket.
[[nodiscard]] std::expected<FileId, int> socket_file(const std::string& path);
// Takes it away if it is still that one; else ENOENT. Returns 0 or an errno.
int remove_socket_file(const std::string& path, const FileId& id);
[[nodiscard]] Fd standard_output();  // a duplicate
[[nodiscard]] Fd standard_error();   // a duplicate
// Never waits: EAGAIN if the reader of a pipe does not keep up.
[[nodiscard]] IoResult write(int fd, std::span<const char> bytes);

// How many ports the kernel has for connections to one address (ip_local_port_range, ip(7)).
[[nodiscard]] std::uint32_t local_port_count();

// From now on memory blocks of that size and more go back to the kernel when they are freed
// (M_MMAP_THRESHOLD, mallopt(3)).
void return_freed_blocks_from(std::size_t bytes);

// Raises the soft limit of descriptors to the hard one; returns it (getrlimit(2)).
[[nodiscard]] std::uint64_t raise_descriptor_limit();

[[nodiscard]] std::string error_text(int error);  // "Address already in use"
[[nodiscard]] bool is_exhausted(int error);       // EMFILE, ENFILE, ENOBUFS, ENOMEM
[[nodiscard]] bool is_in_progress(int error);     // EINPROGRESS
[[nodiscard]] bool is_unsupported(
    int error);  // this machine lacks the address family or the address

}  // namespace lb::os
