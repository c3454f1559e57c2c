#include "lb/os/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lb/os/address.h"
#include "os/linux/sockaddr.h"

namespace lb::os {
namespace {

constexpr int kBacklog = 8;
constexpr int kKind = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
constexpr mode_t kOwnerOnly = 0600;

using Control = std::array<char, CMSG_SPACE(sizeof(int) * kMessageDescriptorsMax)>;

std::expected<Fd, int> checked(int fd) {
  if (fd < 0) return std::unexpected(errno);
  return Fd(fd);
}

// A path that is too long would be cut, and name another file.
std::expected<SocketAddress, int> address_of(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return std::unexpected(ENAMETOOLONG);
  return to_kernel(Address{.ip = {}, .unix_path = path});
}

void put_descriptors(msghdr& message, std::span<const int> descriptors) {
  if (descriptors.empty()) return;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
}

std::vector<Fd> take_descriptors(msghdr& message) {
  std::vector<Fd> descriptors;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}  // namespace

std::expected<ChannelEnds, int> open_channel() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, kKind, 0, ends.data()) != 0) return std::unexpected(errno);
  return ChannelEnds{.ours = Fd(ends[0]), .theirs = Fd(ends[1])};
}

std::expected<Fd, int> connect_channel(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  auto fd = checked(socket(AF_UNIX, kKind, 0));
  if (fd && ::connect(fd->get(), address->get(), address->length) != 0) {
    return std::unexpected(errno);
  }
  return fd;
}

std::expected<Fd, int> listen_for_channels(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  auto fd = checked(socket(AF_UNIX, kKind, 0));
  if (!fd) return fd;
  // Before bind(2), which makes the file with the mode of the socket.
  if (fchmod(fd->get(), kOwnerOnly) != 0) return std::unexpected(errno);
  if (bind(fd->get(), address->get(), address->length) != 0) return std::unexpected(errno);
  if (::listen(fd->get(), kBacklog) != 0) return std::unexpected(errno);
  return fd;
}

std::expected<Fd, int> accept_channel(int listener) {
  return checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

Peer peer_of(int channel) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return {};
  return {.process_id = static_cast<std::uint64_t>(credentials.pid),
          .same_user = credentials.uid == geteuid()};
}

int send_message(int channel, std::string_view text, std::span<const int> descriptors) {
  if (text.size() > kMessageBytesMax || descriptors.size() > kMessageDescriptorsMax) {
    return EMSGSIZE;
  }
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = descriptors.empty() ? nullptr : control.data();
  put_descriptors(message, descriptors);
  return sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

std::expected<Message, int> receive_message(int channel) {
  Message result;
  result.text.resize(kMessageBytesMax);
  iovec part{result.text.data(), result.text.size()};
  alignas(cmsghdr) Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t bytes = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (bytes < 0) {
    // One that ended without reading what it was sent counts as gone, too.
    if (errno == ECONNRESET) return Message{};
    return std::unexpected(errno);
  }
  result.descriptors = take_descriptors(message);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return std::unexpected(EMSGSIZE);
  result.text.resize(static_cast<std::size_t>(bytes));
  return result;
}

bool wait_for_message(int channel, std::chrono::milliseconds limit) {
  pollfd entry{.fd = channel, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&entry, 1, static_cast<int>(limit.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace lb::os
