#include "lb/os/process.h"

#include <cerrno>

#include "lb/os/channel.h"
#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {

std::uint64_t process_id() {
  return 1;
}

std::expected<std::string, int> executable_path() {
  return "/usr/bin/lb";
}

std::vector<std::string> environment_entries() {
  return {};
}

std::expected<std::uint64_t, int> start_process(const Program&, int) {
  return std::unexpected(ENOSYS);  // one process is the whole world
}

void name_process(std::string_view) {}

std::uint32_t processor_count() {
  return 1;
}

void kill_process(std::uint64_t) {}

void end_process(std::uint64_t) {}

std::optional<EndedProcess> next_ended_process() {
  return std::nullopt;
}

std::string describe_exit(int exit) {
  return std::to_string(exit);
}

std::expected<ChannelEnds, int> open_channel() {
  return std::unexpected(ENOSYS);
}

std::expected<Fd, int> connect_channel(const std::string&) {
  return std::unexpected(ENOENT);
}

std::expected<Fd, int> listen_for_channels(const std::string&) {
  return std::unexpected(ENOSYS);
}

std::expected<Fd, int> accept_channel(int) {
  return std::unexpected(EAGAIN);
}

Peer peer_of(int) {
  return {};
}

int send_message(int, std::string_view, std::span<const int>) {
  return EPIPE;
}

std::expected<Message, int> receive_message(int) {
  return Message{};
}

bool wait_for_message(int, std::chrono::milliseconds) {
  return false;
}

int send_datagram(const std::string&, std::string_view) {
  return ENOENT;  // no service manager lives in this world
}

std::expected<Fd, int> adopt_listener(Fd fd) {
  sim::Kernel& kernel = sim::Kernel::current();
  kernel.tick();
  if (kernel.find<sim::Listener>(fd.get(), "adopt_listener") == nullptr)
    return std::unexpected(EINVAL);
  return fd;
}

Address local_address(int fd) {
  sim::Kernel& kernel = sim::Kernel::current();
  kernel.tick();
  auto* listener = kernel.find<sim::Listener>(fd, "local_address");
  return listener != nullptr ? listener->address() : Address{};
}

}  // namespace lb::os
