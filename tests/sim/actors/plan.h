#pragma once

// What will be done in a run, drawn before it begins: each request with its response, and whatever
// client and origin do to it. Offsets count the bytes of a whole message, head included.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lb/os/os.h"
#include "tests/sim/actors/flaw.h"
#include "tests/sim/actors/message.h"
#include "tests/sim/kernel/dice.h"
#include "tests/sim/kernel/faults.h"

namespace lb::sim {

// How somebody reads or writes: `piece` bytes, then a rest. 0: all at once.
struct Pace {
  std::size_t piece = 0;
  Duration gap{};
};

enum class ClientEnd : std::uint8_t { kNone, kHalfClose, kClose, kReset, kVanish };

enum class OriginEnd : std::uint8_t {
  kNone,
  kHang,       // no more bytes, no close
  kClose,      // in the middle
  kReset,      // in the middle
  kGarbage,    // before a response, or instead: one with a flaw
  kSurplus,    // bytes after the end of the response
  kCloseIdle,  // some time after the response, without having said so
};

// What the server does to a connection that it has left open after a response: the cases of
// tests/unit/upstream/h1_client_stale_test.cpp.
enum class IdleEnd : std::uint8_t {
  kNone,
  kClose,              // A: while nothing is on its way
  kCloseUnderWay,      // A: while the next request is
  kReadAndClose,       // B: after the next request
  kReadHeadAndClose,   // B: within the next request, so that its rest meets a reset
  kCloseOverUnread,    // C: when the next request has come and nobody has read it
  kReadAndReset,       // D
  kHalfClose,          // E: then reads what comes, and closes
  kHalfCloseAndReset,  // F: then reads what comes, and resets: the one case in which the proof that
                       // a request was never seen is wrong, unless it was acknowledged in time
};

// The id of a response that nobody asked for.
inline constexpr MessageId kSurplusId = UINT32_MAX;

struct Plan {
  using Framing = MessageReader::Framing;

  MessageId id = 0;

  // The request.
  std::string_view method = "GET";
  bool http10 = false;
  bool asks_to_close = false;
  Framing request_framing = Framing::kNone;
  std::size_t request_bytes = 0;
  Pace writing;
  ClientEnd client_end = ClientEnd::kNone;
  bool end_in_response = false;  // client_end_at counts the bytes of the response
  std::size_t client_end_at = 0;
  Flaw request_flaw = Flaw::kNone;
  bool offers_upgrade = false;
  std::size_t tunnel_bytes =
      0;  // what the client sends after a 101; the response counts the others

  // The response.
  int status = 200;
  Framing response_framing = Framing::kLength;
  std::size_t response_bytes = 0;
  std::uint32_t interims = 0;
  bool trailers = false;
  bool origin_http10 = false;
  bool origin_closes = false;
  bool early = false;  // before the request has come whole
  Duration think{};
  Pace answering;
  Pace reading;
  Flaw response_flaw = Flaw::kNone;
  OriginEnd origin_end = OriginEnd::kNone;
  std::size_t origin_end_at = 0;
  Duration idle_for{};
  IdleEnd idle_end = IdleEnd::kNone;

  [[nodiscard]] bool safe() const { return method == "GET" || method == "HEAD"; }
  // It can be sent again, however it is framed (--retry-buffer).
  [[nodiscard]] bool held() const { return request_bytes <= 5'000; }
  [[nodiscard]] bool idempotent() const { return method != "POST"; }
  [[nodiscard]] bool switches() const { return status == 101; }
  [[nodiscard]] bool bodiless() const { return method == "HEAD" || status == 204 || status == 304; }
};

struct ClientPlan {
  Duration starts_after{};
  Duration think{};                             // between batches
  std::vector<std::vector<MessageId>> batches;  // what is sent without waiting in between
  Pace reading;
  std::size_t send_max = 0;
  std::size_t receive_max = 0;
  bool below_rate = false;  // of --min-rate: it must be cut
  bool stays = false;       // at the end the connection is left to the product to close
  bool too_slow = false;    // for the timeouts: it may be told so, or be cut
  std::size_t address = 0;  // which of the product's
};

enum class HealthMode : std::uint8_t { kWell, kSick, kSilent };

// Something that happens to an origin at a moment.
struct OriginTurn {
  enum class Kind : std::uint8_t {
    kHealth,
    kCrash,
    kCutOff,
    kStop,    // accepts by its kernel alone, reads and says nothing
    kLie,     // its checks pass, and no other request is answered
    kVanish,  // its connections are lost without a word, and nothing comes there
  };
  Kind kind = Kind::kHealth;
  Duration at{};
  Duration lasts{};
  HealthMode mode = HealthMode::kSick;
};

struct OriginPlan {
  std::string name;                    // as in --servers
  std::vector<os::Address> addresses;  // all of the name
  std::size_t listens_on = 0;          // which of them; the others refuse
  std::size_t backlog = 128;
  std::size_t send_max = 0;
  std::size_t receive_max = 0;
  std::vector<OriginTurn> turns;
};

// The product lingers for two seconds and 256 KiB, so that an answer that overtook its request is
// not lost to a reset; what is small and quick is within that. An origin that closes does not
// linger, and loses its own answer.
inline constexpr std::size_t kEarlyBytesMax = 100'000;  // of the request, and of the response
[[nodiscard]] bool survives_early_answer(const Plan& plan, const Faults& faults);

[[nodiscard]] std::string request_wire(const Plan& plan);
// Interim heads included.
[[nodiscard]] std::string response_wire(const Plan& plan, std::size_t origin);

}  // namespace lb::sim
