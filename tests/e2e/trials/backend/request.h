#pragma once

// One request as a backend of a trial reads it. It reads what lb writes and no more: whatever it
// does not expect is malformed.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/e2e/trials/content.h"

namespace lb::e2e {

struct TrialRequest {
  enum class State : std::uint8_t { kIncomplete, kMalformed, kHeadOnly, kWhole };

  State state = State::kIncomplete;
  bool check = false;  // of health
  bool post = false;
  bool large = false;  // asks for the large body
  RequestId id = 0;
  std::size_t bytes = 0;  // of all of it, when it is whole
  std::string_view body;
};

inline constexpr std::string_view kLargeSuffix = "/large";

// Views into `bytes`.
[[nodiscard]] TrialRequest read_trial_request(std::string_view bytes);

// The id of the request that begins like this; 0 if there is none.
[[nodiscard]] RequestId id_in(std::string_view bytes);

}  // namespace lb::e2e
