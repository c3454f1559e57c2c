#include "app/predecessor.h"

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "app/takeover.h"
#include "lb/os/channel.h"
#include "lb/os/os.h"
#include "lb/os/process.h"

namespace lb::app {
namespace {

std::unexpected<std::string> failed(std::string_view why) {
  return std::unexpected("takeover: " + std::string(why));
}

std::expected<os::Message, std::string> next_message(int channel) {
  if (!os::wait_for_message(channel, Predecessor::kAnswerMax)) {
    return failed("the process that serves did not answer within 10s");
  }
  auto message = os::receive_message(channel);
  if (!message) return failed(os::error_text(message.error()));
  if (message->text.empty()) return failed("the process that serves goes on alone");
  return std::move(*message);
}

}  // namespace

std::expected<std::optional<Predecessor>, std::string> Predecessor::find(
    const Options& options, const Environment& environment) {
  os::Fd channel;
  if (environment(std::string(kHandoverVariable))) {
    channel = os::Fd(os::kInherited);
  } else if (!options.takeover.empty()) {
    auto connected = os::connect_channel(options.takeover);
    const bool nobody =
        !connected && (connected.error() == ENOENT || connected.error() == ECONNREFUSED);
    if (nobody) return std::nullopt;
    if (!connected) {
      return failed("cannot reach " + options.takeover + ": " + os::error_text(connected.error()));
    }
    channel = std::move(*connected);
  } else {
    return std::nullopt;
  }
  if (!os::peer_of(channel.get()).same_user) {
    return failed("the other end of the channel is no process of this user");
  }
  return Predecessor(std::move(channel));
}

std::expected<Legacy, std::string> Predecessor::receive() {
  auto message = next_message(channel_.get());
  if (!message) return std::unexpected(message.error());
  auto handover = decode(message->text);
  if (!handover) return failed("what the process that serves says is " + handover.error());
  const auto sockets = std::accumulate(
      handover->places.begin(), handover->places.end(), std::size_t{0},
      [](std::size_t sum, const Handover::Place& place) { return sum + place.sockets; });
  if (sockets != message->descriptors.size()) return failed("not all of the sockets came");
  return Legacy{.handover = std::move(*handover), .sockets = std::move(message->descriptors)};
}

std::uint64_t Predecessor::process_id() const {
  return os::peer_of(channel_.get()).process_id;
}

// It has let go when it says so: what makes no sense behind that word is as good as nothing.
std::expected<Handover, std::string> Predecessor::take_over() {
  const int error = os::send_message(channel_.get(), kReady);
  if (error != 0) return failed("the process that serves goes on alone");
  const auto message = next_message(channel_.get());
  if (!message) return std::unexpected(message.error());
  std::string_view text = message->text;
  if (!text.starts_with(kGo)) return failed("what the process that serves says makes no sense");
  text.remove_prefix(std::min(text.size(), kGo.size() + 1));
  return decode(text).value_or(Handover{});
}

}  // namespace lb::app
