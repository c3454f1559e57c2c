#pragma once

// What the actors of one run share: the kernel, the plans, and the ledger in which both sides write
// what became of each request. The oracles read it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/actors/plan.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::sim {

// What the product was told, as far as the oracles need it.
struct Settings {
  std::vector<std::string> arguments;
  std::vector<os::Address> addresses;  // where it listens
  Duration connect_timeout{};
  Duration header_timeout{};
  Duration client_timeout{};
  Duration server_timeout{};
  Duration keepalive_timeout{};
  Duration upstream_keepalive_timeout{};
  Duration tunnel_timeout{};
  Duration drain_timeout{};
  Duration drain_idle{};
  Duration health_interval{};
  Duration health_timeout{};
  Duration recovery{};          // until an endpoint that is well again is known to be
  Duration until_known_down{};  // at most, of a server whose checks get no answer
  std::int64_t retries = 0;
  std::int64_t retry_percent = 20;
  std::uint64_t fall = 2;
  bool access_log = false;
  bool connections_limited = false;
  int descriptors_max = 1024;
  Duration longest_reading{};   // of what the product may hold for a client, by the slowest
  std::size_t crowd_min = 256;  // clients are a crowd to the reactor: always, now and then, never
};

struct Record {
  enum class Outcome : std::uint8_t {
    kNotSent,     // nor will it be, or not yet
    kPending,     // some of it was sent
    kAnswered,    // by an origin, whole
    kReplied,     // by the product itself, whole
    kCut,         // a part of a response came
    kUnanswered,  // the connection ended without a byte of it
    kGivenUp,     // by the client
    kRefused,     // nobody listened
  };

  // The client's side.
  Outcome outcome = Outcome::kNotSent;
  bool sent_whole = false;
  bool first_in_line = false;  // when the connection ended no older request was unanswered
  bool told_to_close = false;  // a response before it said that the connection ends
  os::Time sent_at{};
  os::Time whole_at{};
  os::Time ended_at{};
  int status = 0;
  std::uint32_t interims = 0;

  const Socket* connection = nullptr;  // of the client, that it was last sent on

  // The origins' side.
  std::uint32_t heads = 0;
  std::uint32_t reused = 0;  // of these, on connections that had carried another request
  std::uint32_t wholes = 0;
  bool defied_proof = false;       // see IdleEnd::kHalfCloseAndReset
  std::uint64_t tunnel_bytes = 0;  // that came after a 101
  std::size_t origin = 0;          // the last
};

// A process of the product that leads, or has led: the others begin, and may fail.
struct Generation {
  std::uint64_t process = 1;
  os::Time leads_from = os::Time::min();
  os::Time let_go_at = os::Time::max();  // when it told the next one to go on
};

class World {
 public:
  World(Kernel& own_kernel, Dice own_dice) : kernel(own_kernel), dice(own_dice) {}

  Kernel& kernel;
  Dice dice;
  Settings settings;
  std::vector<Plan> plans;  // by id - 1
  std::vector<Record> records;
  std::size_t origins = 0;
  std::vector<bool> is_unix_origin;
  std::optional<os::Time> signalled_at;
  std::uint64_t signalled_process = 0;  // which may just be letting go
  std::vector<Generation> generations{Generation{}};
  bool lines_are_sound = true;  // no fault hits what lies between the product and an origin
  bool one_trouble = false;     // of one origin; all else is well, so that another can always serve

  [[nodiscard]] const Plan& plan(MessageId id) const { return plans[id - 1]; }
  [[nodiscard]] Record& record(MessageId id) { return records[id - 1]; }
  [[nodiscard]] bool knows(MessageId id) const { return id > 0 && id <= plans.size(); }
  [[nodiscard]] os::Time now() const { return kernel.agenda.now(); }
  [[nodiscard]] Generation& lead() { return generations.back(); }
  // Nullptr: it has never led.
  [[nodiscard]] const Generation* generation_of(std::uint64_t process) const;
  // Whether it lives, and has checked the servers for so long.
  [[nodiscard]] bool has_checked_for(std::uint64_t process, Duration time) const;

  void breach(std::string_view oracle, const std::string& detail) { kernel.breach(oracle, detail); }
  // An end of the product's whose peer vanishes: what it holds is given back in time.
  void expect_release(const Socket& gone, const std::string& who);
  // Called by clients: are all of them done?
  std::function<void()> on_client_done;
};

}  // namespace lb::sim
