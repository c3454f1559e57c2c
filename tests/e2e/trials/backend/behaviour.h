#pragma once

// What a backend of a trial does, as its command line tells.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lb::e2e {

enum class Mode : std::uint8_t {
  kPlain,            // answers
  kSaysClose,        // says Connection: close, and leaves the closing to the other side
  kClosesIdle,       // ends each connection after a random idle time, in one of the cases A to E
  kResetsOnAccept,   // at once
  kResetsOnRequest,  // when it has read the request
  kResetsInHead,
  kResetsInBody,      // of a known length
  kResetsUntilClose,  // within a body that would end with the connection
  kTalksGarbage,
  kNeverAnswers,     // the liar: checks pass
  kNeverReads,       // takes the head of an upload, and no more
  kAnswersNoConnect  // its queue of connections is full, and what it had is closed
};

struct Behaviour {
  std::uint16_t port = 0;
  std::string ledger;
  std::size_t index = 0;  // among the backends of the trial
  Mode mode = Mode::kPlain;
  bool mode_from_signal = false;  // the mode begins with SIGUSR1 and ends with SIGUSR2
  std::uint64_t every = 1;        // only the n-th request (or connection) meets the mode
  std::chrono::milliseconds idle_max{5};
  std::chrono::milliseconds delay{0};  // before each answer
  std::uint64_t body_bytes = 0;        // of the answer to a request for the large body
  bool stops_abruptly = false;         // at SIGTERM
  std::uint32_t seed = 1;
};

// Throws a Failure that says what is wrong. Each option is --name=value.
[[nodiscard]] Behaviour parse_behaviour(std::span<char*> arguments);

}  // namespace lb::e2e
