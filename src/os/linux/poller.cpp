#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lb/os/os.h"

namespace lb::os {
namespace {

epoll_event to_kernel(Interest interest, std::uint64_t token) {
  epoll_event event{};
  event.events = (interest.read ? EPOLLIN : 0U) | (interest.write ? EPOLLOUT : 0U);
  event.data.u64 = token;
  return event;
}

}  // namespace

std::expected<Fd, int> open_poller() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return std::unexpected(errno);
  return Fd(fd);
}

int poller_add(int poller, int fd, Interest interest, std::uint64_t token) {
  epoll_event event = to_kernel(interest, token);
  return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void poller_change(int poller, int fd, Interest interest, std::uint64_t token) {
  epoll_event event = to_kernel(interest, token);
  epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
}

void poller_remove(int poller, int fd) {
  epoll_ctl(poller, EPOLL_CTL_DEL, fd, nullptr);
}

std::size_t wait(int poller, std::span<Event> into, bool block) {
  static std::array<epoll_event, 512> events;
  const int room = static_cast<int>(std::min(into.size(), events.size()));
  const int count = epoll_wait(poller, events.data(), room, block ? -1 : 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    into[static_cast<std::size_t>(i)] = {event.data.u64, (event.events & EPOLLIN) != 0,
                                         (event.events & EPOLLOUT) != 0,
                                         (event.events & (EPOLLHUP | EPOLLERR)) != 0};
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace lb::os
