#include "app/handover.h"

#include <algorithm>
#include <array>

#include "lb/base/ascii.h"

// The text is a row of netstrings ("5:hello"): a name that says the kind of a record, then its
// fields, as many as that kind has. A kind that is not known ends the reading: a later version.

namespace lb::app {
namespace {

using State = upstream::Health::State;

constexpr std::string_view kVersion = "lb-handover-2";
constexpr std::string_view kPlace = "place";
constexpr std::string_view kServer = "server";
constexpr std::string_view kNext = "next";
constexpr std::string_view kInheritedMark = "inherited";
constexpr std::size_t kFieldBytesMax = 4096;
constexpr std::uint64_t kSocketsMax = 253;

constexpr std::array<std::pair<State, std::string_view>, 3> kStates{
    {{State::kUnknown, "unknown"}, {State::kUp, "up"}, {State::kDown, "down"}}};

std::string_view name_of(State state) {
  for (const auto& [value, name] : kStates) {
    if (value == state) return name;
  }
  return kStates.front().second;
}

std::optional<State> state_of(std::string_view text) {
  for (const auto& [value, name] : kStates) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::string field(std::string_view text) {
  text = text.substr(0, kFieldBytesMax);
  return std::to_string(text.size()) + ":" + std::string(text);
}

std::string record(const Handover::Place& place) {
  const os::FileId file = place.file.value_or(os::FileId{});
  return field(kPlace) + field(describe(place.asked)) + field(describe(place.where)) +
         field(place.inherited ? kInheritedMark : "") + field(std::to_string(place.sockets)) +
         field(std::to_string(place.sets)) + field(place.file ? std::to_string(file.device) : "") +
         field(place.file ? std::to_string(file.inode) : "");
}

std::string record(const Handover::Server& server) {
  return field(kServer) + field(server.name) + field(name_of(server.state)) + field(server.reason);
}

// Takes one field after the other; after a failure all are empty and `ok` is false.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool ok() const { return ok_; }

  std::string_view field() {
    const std::size_t colon = rest_.find(':');
    const auto bytes = parse_decimal(rest_.substr(0, colon));
    if (colon == std::string_view::npos || !bytes || *bytes > kFieldBytesMax ||
        *bytes > rest_.size() - colon - 1) {
      return fail();
    }
    const std::string_view text = rest_.substr(colon + 1, *bytes);
    rest_.remove_prefix(colon + 1 + *bytes);
    return text;
  }
  std::uint64_t number() {
    const auto value = parse_decimal(field());
    if (!value) fail();
    return value.value_or(0);
  }
  std::optional<std::uint64_t> number_or_none() {
    const std::string_view text = field();
    if (text.empty()) return std::nullopt;
    const auto value = parse_decimal(text);
    if (!value) fail();
    return value;
  }
  // Of a unix socket more than the command line allows: a service manager may open any.
  ListenAddress address() {
    constexpr std::string_view kUnix = "unix:";
    const std::string_view text = field();
    if (text.starts_with(kUnix)) {
      return {.host = {}, .port = 0, .unix_path = std::string(text.substr(kUnix.size()))};
    }
    auto address = parse_listen_address(text);
    if (!address) fail();
    return address.value_or(ListenAddress{});
  }
  std::string_view fail() {
    ok_ = false;
    rest_ = {};
    return {};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Handover::Place read_place(Reader& reader) {
  Handover::Place place;
  place.asked = reader.address();
  place.where = reader.address();
  place.inherited = reader.field() == kInheritedMark;
  const std::uint64_t sockets = reader.number();
  if (sockets > kSocketsMax) reader.fail();
  place.sockets = static_cast<std::uint32_t>(sockets);
  const std::uint64_t sets = reader.number();
  if (sets == 0 || sets > std::max<std::uint64_t>(sockets, 1)) reader.fail();
  place.sets = static_cast<std::uint16_t>(sets);
  const auto device = reader.number_or_none();
  const auto inode = reader.number_or_none();
  if (device && inode) place.file = os::FileId{.device = *device, .inode = *inode};
  return place;
}

Handover::Server read_server(Reader& reader) {
  Handover::Server server;
  server.name = reader.field();
  const auto state = state_of(reader.field());
  if (!state) reader.fail();
  server.state = state.value_or(State::kUnknown);
  server.reason = reader.field();
  return server;
}

}  // namespace

std::string encode(const Handover& handover, std::size_t bytes_max) {
  std::string text = field(kVersion);
  for (const Handover::Place& place : handover.places) text += record(place);
  text += field(kNext) + field(handover.next_server);
  for (const Handover::Server& server : handover.servers) {
    const std::string more = record(server);
    if (text.size() + more.size() > bytes_max) break;
    text += more;
  }
  return text;
}

std::expected<Handover, std::string> decode(std::string_view text) {
  Reader reader(text);
  if (reader.field() != kVersion) return std::unexpected("a version that is not known here");
  Handover handover;
  while (reader.ok() && !reader.at_end()) {
    const std::string_view kind = reader.field();
    if (kind == kPlace) {
      handover.places.push_back(read_place(reader));
    } else if (kind == kServer) {
      handover.servers.push_back(read_server(reader));
    } else if (kind == kNext) {
      handover.next_server = reader.field();
    } else {
      break;
    }
  }
  if (!reader.ok()) return std::unexpected("a message that is malformed");
  return handover;
}

}  // namespace lb::app
