#pragma once

// One response as a client of a load reads it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/e2e/trials/content.h"

namespace lb::e2e {

struct TrialResponse {
  enum class State : std::uint8_t {
    kNoHead,
    kNoBody,
    kUntilClose,  // the body is what has come so far, and whole if the connection now ends in order
    kWhole,
    kMalformed
  };

  State state = State::kNoHead;
  int status = 0;
  RequestId id = 0;
  bool closes = false;
  std::string body;
  std::size_t bytes = 0;  // of all of it, when it is whole
};

[[nodiscard]] TrialResponse read_trial_response(std::string_view bytes);

}  // namespace lb::e2e
