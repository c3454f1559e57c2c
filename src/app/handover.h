#pragma once

// What one process of lb leaves to the next, beside its listening sockets: where they listen, what
// is known of each server, and whose turn it is. A value that travels as one message; the versions
// on both sides may differ, so that what is read is checked as if it came from anybody.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lb/app/options.h"
#include "lb/os/os.h"
#include "lb/upstream/health.h"

namespace lb::app {

struct Handover {
  struct Place {
    ListenAddress asked;             // as the command line says it
    ListenAddress where;             // with the port that it has
    bool inherited = false;          // opened by the service manager
    std::optional<os::FileId> file;  // of a unix socket of our own
    std::uint32_t sockets = 0;       // of the descriptors that come along, in order
    std::uint16_t sets = 1;          // that those are, each for one process, one behind the other

    [[nodiscard]] bool operator==(const Place&) const = default;
  };
  struct Server {
    std::string name;
    upstream::Health::State state = upstream::Health::State::kUnknown;
    std::string reason;  // why it is down

    [[nodiscard]] bool operator==(const Server&) const = default;
  };

  std::vector<Place> places;
  std::vector<Server> servers;
  std::string next_server;  // whose turn it is

  [[nodiscard]] bool operator==(const Handover&) const = default;
};

// At most `bytes_max`: servers that find no room in it are left out, and are then unknown.
[[nodiscard]] std::string encode(const Handover& handover, std::size_t bytes_max);
// Or what is wrong with it, in words.
[[nodiscard]] std::expected<Handover, std::string> decode(std::string_view text);

}  // namespace lb::app
