#include "tests/e2e/trials/backend/behaviour.h"

#include <charconv>
#include <map>
#include <string_view>

#include "tests/e2e/support/deadline.h"

namespace lb::e2e {
namespace {

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) {
    throw Failure("not a number: " + std::string(text));
  }
  return number;
}

Mode mode_of(std::string_view name) {
  static const std::map<std::string_view, Mode> modes = {
      {"plain", Mode::kPlain},
      {"says-close", Mode::kSaysClose},
      {"closes-idle", Mode::kClosesIdle},
      {"resets-on-accept", Mode::kResetsOnAccept},
      {"resets-on-request", Mode::kResetsOnRequest},
      {"resets-in-head", Mode::kResetsInHead},
      {"resets-in-body", Mode::kResetsInBody},
      {"resets-until-close", Mode::kResetsUntilClose},
      {"talks-garbage", Mode::kTalksGarbage},
      {"never-answers", Mode::kNeverAnswers},
      {"never-reads", Mode::kNeverReads},
      {"answers-no-connect", Mode::kAnswersNoConnect},
  };
  const auto found = modes.find(name);
  if (found == modes.end()) throw Failure("no such mode: " + std::string(name));
  return found->second;
}

void apply(Behaviour& behaviour, std::string_view name, std::string_view value) {
  using Milliseconds = std::chrono::milliseconds;
  if (name == "ledger") {
    behaviour.ledger = value;
  } else if (name == "mode") {
    behaviour.mode = mode_of(value);
  } else if (name == "port") {
    behaviour.port = static_cast<std::uint16_t>(number_of(value));
  } else if (name == "index") {
    behaviour.index = number_of(value);
  } else if (name == "mode-from-signal") {
    behaviour.mode_from_signal = number_of(value) != 0;
  } else if (name == "every") {
    behaviour.every = number_of(value);
  } else if (name == "idle-max") {
    behaviour.idle_max = Milliseconds(number_of(value));
  } else if (name == "delay") {
    behaviour.delay = Milliseconds(number_of(value));
  } else if (name == "body-bytes") {
    behaviour.body_bytes = number_of(value);
  } else if (name == "stops-abruptly") {
    behaviour.stops_abruptly = number_of(value) != 0;
  } else if (name == "seed") {
    behaviour.seed = static_cast<std::uint32_t>(number_of(value));
  } else {
    throw Failure("no such option: " + std::string(name));
  }
}

}  // namespace

Behaviour parse_behaviour(std::span<char*> arguments) {
  Behaviour behaviour;
  for (const std::string_view argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (!argument.starts_with("--") || equals == std::string_view::npos) {
      throw Failure("not --name=value: " + std::string(argument));
    }
    apply(behaviour, argument.substr(2, equals - 2), argument.substr(equals + 1));
  }
  if (behaviour.every == 0) throw Failure("--every counts from 1");
  return behaviour;
}

}  // namespace lb::e2e
