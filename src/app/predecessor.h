#pragma once

// The process that serves until this one takes over. All of it happens before this one serves, and
// so may block, each step no longer than kAnswerMax:
//
//     it sends what it leaves --receive()--> this one binds what is missing --take_over()--> it
//     says what it knows by now, lets go, and drains
//
// Until take_over() has succeeded the other one serves on, whatever becomes of this one.

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "app/handover.h"
#include "lb/app/options.h"
#include "lb/os/fd.h"

namespace lb::app {

// Says that descriptor os::kInherited is a channel to the process that started this one.
inline constexpr std::string_view kHandoverVariable = "LB_HANDOVER";

// What it leaves: the sockets are those of handover.places, in order.
struct Legacy {
  Handover handover;
  std::vector<os::Fd> sockets;
};

class Predecessor {
 public:
  static constexpr std::chrono::milliseconds kAnswerMax{10'000};

  // The one that started this process, or the one behind --takeover; none if nobody is there.
  // Every error here is a line for stderr, exit code 1.
  [[nodiscard]] static std::expected<std::optional<Predecessor>, std::string> find(
      const Options& options, const Environment& environment);

  [[nodiscard]] std::expected<Legacy, std::string> receive();
  [[nodiscard]] std::uint64_t process_id() const;
  // From here on this process serves. Returns what the other one has come to know of the servers
  // since it sent what it leaves; without places, and empty if it has nothing to say.
  [[nodiscard]] std::expected<Handover, std::string> take_over();
  // For what there is still to say, where the other one is the supervisor of this one.
  [[nodiscard]] os::Fd take_channel() { return std::move(channel_); }

 private:
  explicit Predecessor(os::Fd channel) : channel_(std::move(channel)) {}

  os::Fd channel_;
};

}  // namespace lb::app
