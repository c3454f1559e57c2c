#pragma once

// One connected socket with a buffer of bytes that came and were not asked for yet. Everything has
// a deadline. Both ends of a test, client and origin, speak through it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/support/deadline.h"
#include "tests/e2e/support/fd.h"

namespace lb::e2e {

class WireError : public Failure {
 public:
  enum class Kind : std::uint8_t { kEof, kReset, kTimeout, kMalformed };

  WireError(Kind kind, const std::string& what) : Failure(what), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// How an action on the wire fails; nothing where it does not.
template <class Action>
[[nodiscard]] std::optional<WireError::Kind> failure_of(const Action& action) {
  try {
    action();
    return std::nullopt;
  } catch (const WireError& error) {
    return error.kind();
  }
}

class Wire {
 public:
  explicit Wire(Fd fd) : fd_(std::move(fd)) {}

  // Sends all of it, or throws.
  void sends(std::string_view bytes, Deadline deadline = {});
  // Sends what the kernel takes at once; 0 when it takes none within the deadline.
  [[nodiscard]] std::size_t sends_some(std::string_view bytes, Deadline deadline);

  // A head with its empty line. Throws kEof at the end of the connection, whatever came before it.
  [[nodiscard]] std::string reads_head(Deadline deadline = {});
  // One line without its CRLF.
  [[nodiscard]] std::string reads_line(Deadline deadline = {});
  // At least one and at most `max` octets; none at the end of the connection.
  [[nodiscard]] std::string reads_some(std::size_t max, Deadline deadline = {});
  // What came already and was not asked for.
  [[nodiscard]] std::string_view left_over() const { return buffer_; }

  void half_closes();
  void closes();
  void resets();  // closes with a reset, whatever is in flight
  [[nodiscard]] bool open() const { return fd_.open(); }
  [[nodiscard]] int number() const { return fd_.number(); }

 private:
  [[nodiscard]] std::string reads_through(std::string_view mark, Deadline deadline);
  [[nodiscard]] bool receives(Deadline deadline);  // false at the end of the connection

  Fd fd_;
  std::string buffer_;
};

}  // namespace lb::e2e
