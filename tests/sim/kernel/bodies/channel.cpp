#include "lb/os/channel.h"

#include <cerrno>

#include "tests/sim/kernel/channel.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {
namespace {

using sim::ChannelEnd;
using sim::ChannelListener;
using sim::Description;
using sim::Kernel;
using sim::Trace;

std::expected<Fd, int> install(Kernel& kernel, Description& description) {
  const auto fd = kernel.install(description);
  if (!fd) return std::unexpected(fd.error());
  return Fd(*fd);
}

std::expected<Fd, int> traced(Kernel& kernel, std::string_view call, std::expected<Fd, int> fd) {
  kernel.trace.call(call, " ", fd ? "= " + std::to_string(fd->get()) : Trace::result(fd.error()));
  return fd;
}

std::expected<Fd, int> connect_to(Kernel& kernel, const std::string& path) {
  const auto inode = kernel.network.unix_inode(path);
  if (!inode) return std::unexpected(ENOENT);
  const auto found = kernel.channel_listeners().find(*inode);
  const bool served = found != kernel.channel_listeners().end() && !found->second->closed();
  if (!served) return std::unexpected(ECONNREFUSED);
  auto& ours = kernel.make<ChannelEnd>(found->second->process());
  auto& theirs = kernel.make<ChannelEnd>(kernel.processes.current().id);
  ours.join(theirs);
  auto fd = install(kernel, ours);
  if (fd) found->second->add(theirs);
  return fd;
}

// What the message carries stands in this process now.
std::vector<Fd> take_descriptors(Kernel& kernel, const ChannelEnd::Message& message) {
  std::vector<Fd> descriptors;
  for (Description* description : message.descriptors) {
    auto fd = install(kernel, *description);
    if (fd) descriptors.push_back(std::move(*fd));
    Kernel::unrefer(*description);
  }
  return descriptors;
}

}  // namespace

std::expected<ChannelEnds, int> open_channel() {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const std::uint64_t process = kernel.processes.current().id;
  auto& one = kernel.make<ChannelEnd>(process);
  auto& other = kernel.make<ChannelEnd>(process);
  one.join(other);
  auto ours = install(kernel, one);
  if (!ours) return std::unexpected(ours.error());
  auto theirs = install(kernel, other);
  if (!theirs) return std::unexpected(theirs.error());
  kernel.trace.call("open_channel() = ", ours->get(), ", ", theirs->get());
  return ChannelEnds{.ours = std::move(*ours), .theirs = std::move(*theirs)};
}

std::expected<Fd, int> connect_channel(const std::string& path) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  return traced(kernel, "connect_channel(" + path + ")", connect_to(kernel, path));
}

std::expected<Fd, int> listen_for_channels(const std::string& path) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  if (kernel.network.unix_inode(path)) return std::unexpected(EADDRINUSE);
  auto& listener = kernel.make<ChannelListener>(kernel.processes.current().id);
  auto fd = install(kernel, listener);
  if (fd) kernel.channel_listeners()[kernel.network.bind_unix(path)] = &listener;
  return traced(kernel, "listen_for_channels(" + path + ")", std::move(fd));
}

std::expected<Fd, int> accept_channel(int listener) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* from = kernel.find<ChannelListener>(listener, "accept_channel");
  if (from == nullptr || from->front() == nullptr) return std::unexpected(EAGAIN);
  kernel.worked();
  auto fd = install(kernel, *from->front());
  if (fd) from->accept();
  return traced(kernel, "accept_channel(" + std::to_string(listener) + ")", std::move(fd));
}

Peer peer_of(int channel) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const auto* end = kernel.find<ChannelEnd>(channel, "peer_of");
  if (end == nullptr) return {};
  return {.process_id = end->other_process(), .same_user = true};
}

int send_message(int channel, std::string_view text, std::span<const int> descriptors) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  auto* end = kernel.find<ChannelEnd>(channel, "send_message");
  if (end == nullptr) return EBADF;
  if (text.size() > kMessageBytesMax || descriptors.size() > kMessageDescriptorsMax) {
    return EMSGSIZE;
  }
  ChannelEnd::Message message{.text = std::string(text), .descriptors = {}};
  for (const int fd : descriptors) {
    auto* description = kernel.find<Description>(fd, "send_message");
    if (description == nullptr) return EBADF;
    message.descriptors.push_back(description);
  }
  const int error = end->send(std::move(message));
  kernel.trace.call("send_message(", channel, ", ", Trace::excerpt(text), ", ", descriptors.size(),
                    " descriptors) ", Trace::result(error));
  kernel.note_message(*end->other(), text, error);
  return error;
}

std::expected<Message, int> receive_message(int channel) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  auto* end = kernel.find<ChannelEnd>(channel, "receive_message");
  if (end == nullptr) return Message{};
  int error = 0;
  const auto message = end->receive(error);
  kernel.trace.call("receive_message(", channel, ") ",
                    message ? "= " + Trace::excerpt(message->text) : Trace::result(error));
  if (!message && (error == 0 || error == ECONNRESET)) return Message{};
  if (!message) return std::unexpected(error);
  std::vector<Fd> descriptors = take_descriptors(kernel, *message);
  if (descriptors.size() < message->descriptors.size()) return std::unexpected(EMSGSIZE);
  return Message{.text = message->text, .descriptors = std::move(descriptors)};
}

bool wait_for_message(int channel, std::chrono::milliseconds limit) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const auto* end = kernel.find<ChannelEnd>(channel, "wait_for_message");
  const Time until = kernel.agenda.now() + limit;
  kernel.agenda.at(until, [] {});
  kernel.trace.call("wait_for_message(", channel, ")");
  kernel.processes.sleep(
      [&] { return end == nullptr || end->readiness().readable || kernel.agenda.now() >= until; });
  return end != nullptr && end->readiness().readable;
}

}  // namespace lb::os
