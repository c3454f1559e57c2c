#include "tests/sim/kernel/poller.h"

#include <cerrno>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {
namespace {

using sim::Kernel;
using sim::Poller;

std::string text_of(Interest interest) {
  return std::string(interest.read ? "r" : "-") + (interest.write ? "w" : "-");
}

std::string text_of(const Event& event) {
  return std::to_string(event.token & UINT32_MAX) + ":" + (event.readable ? "r" : "-") +
         (event.writable ? "w" : "-") + (event.hangup ? "h" : "-");
}

void check(Kernel& kernel, int fd, int error, std::string_view call) {
  if (error == 0) return;
  kernel.breach(
      "no misuse of the kernel",
      std::string(call) + " of descriptor " + std::to_string(fd) + " " + sim::Trace::result(error));
}

}  // namespace

std::expected<Fd, int> open_poller() {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const auto fd = kernel.install(kernel.make<Poller>());
  if (!fd) return std::unexpected(fd.error());
  kernel.trace.call("open_poller() = ", *fd);
  return Fd(*fd);
}

int poller_add(int poller, int fd, Interest interest, std::uint64_t token) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  int error = 0;
  if (kernel.dice.chance(kernel.faults().poller_exhausted)) {
    error = ENOMEM;
    kernel.hurt("epoll had no memory");
  } else {
    auto* into = kernel.find<Poller>(poller, "poller_add");
    auto* description = kernel.find<sim::Description>(fd, "poller_add");
    if (into == nullptr || description == nullptr) return EBADF;
    error = into->add(fd, *description, interest, token);
    check(kernel, fd, error, "poller_add");
  }
  kernel.trace.call("poller_add(", fd, ", ", text_of(interest), ", slot ", token & UINT32_MAX, ") ",
                    sim::Trace::result(error));
  return error;
}

void poller_change(int poller, int fd, Interest interest, std::uint64_t token) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("poller_change(", fd, ", ", text_of(interest), ")");
  auto* in = kernel.find<Poller>(poller, "poller_change");
  if (in != nullptr) check(kernel, fd, in->change(fd, interest, token), "poller_change");
}

void poller_remove(int poller, int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("poller_remove(", fd, ")");
  auto* from = kernel.find<Poller>(poller, "poller_remove");
  if (from != nullptr) check(kernel, fd, from->remove(fd), "poller_remove");
}

std::size_t wait(int poller, std::span<Event> into, bool block) {
  Kernel& kernel = Kernel::current();
  auto* in = kernel.find<Poller>(poller, "wait");
  if (in == nullptr) {
    if (kernel.processes.current().is_ghost()) throw sim::Killed();
    throw sim::Halt();
  }
  const std::size_t count = kernel.wait(*in, into, block);
  if (kernel.trace.on()) {
    std::string events;
    for (const Event& event : into.first(count)) events += " " + text_of(event);
    kernel.trace.call("wait(", block ? "block" : "look", ") = ", count, events);
  }
  return count;
}

}  // namespace lb::os
