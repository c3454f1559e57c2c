#pragma once

// Messages between two processes of one user, with descriptors (SOCK_SEQPACKET and SCM_RIGHTS,
// unix(7)). A message comes whole or not at all.

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lb/os/fd.h"

namespace lb::os {

inline constexpr std::size_t kMessageBytesMax = 128 * 1024;
inline constexpr std::size_t kMessageDescriptorsMax = 253;  // SCM_MAX_FD

struct ChannelEnds {
  Fd ours;
  Fd theirs;
};
[[nodiscard]] std::expected<ChannelEnds, int> open_channel();

// By the path of a file, which only this user may open. ECONNREFUSED, ENOENT: nobody is there.
[[nodiscard]] std::expected<Fd, int> connect_channel(const std::string& path);
// EADDRINUSE: there is such a file, of a process that lives or of one that is gone.
[[nodiscard]] std::expected<Fd, int> listen_for_channels(const std::string& path);
[[nodiscard]] std::expected<Fd, int> accept_channel(int listener);  // EAGAIN: nobody waits

struct Peer {
  std::uint64_t process_id = 0;
  bool same_user = false;  // as this process (SO_PEERCRED)
};
[[nodiscard]] Peer peer_of(int channel);

struct Message {
  std::string text;  // empty: the other side is gone
  std::vector<Fd> descriptors;
};
// Returns 0 or an errno (EAGAIN: the other side does not keep up; EPIPE).
[[nodiscard]] int send_message(int channel, std::string_view text,
                               std::span<const int> descriptors = {});
// EAGAIN: nothing has come. EMSGSIZE: more than a message may be.
[[nodiscard]] std::expected<Message, int> receive_message(int channel);
// Sleeps until there is a message or the end, but no longer than that; whether there is. Blocks: at
// start only.
[[nodiscard]] bool wait_for_message(int channel, std::chrono::milliseconds limit);

}  // namespace lb::os
