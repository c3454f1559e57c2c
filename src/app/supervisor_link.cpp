#include "app/supervisor_link.h"

#include <utility>

#include "lb/os/channel.h"

namespace lb::app {

SupervisorLink::SupervisorLink(event::Reactor& reactor, SupervisorLinkHandler& handler)
    : handler_(handler), messages_(reactor) {}

int SupervisorLink::open(os::Fd channel) {
  channel_ = std::move(channel);
  return messages_.open(channel_.get(), {.read = true, .write = false},
                        Callback<event::Ready>::to<&SupervisorLink::on_message>(this));
}

void SupervisorLink::close() {
  messages_.close();
  channel_.reset();
}

void SupervisorLink::tell(std::string_view text) {
  if (channel_.is_open()) static_cast<void>(os::send_message(channel_.get(), text));
}

void SupervisorLink::on_message(event::Ready) {
  const auto message = os::receive_message(channel_.get());
  if (!message) return;
  if (!message->text.empty()) return handler_.on_told(message->text);
  close();
  handler_.on_supervisor_gone();
}

}  // namespace lb::app
