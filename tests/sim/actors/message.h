#pragma once

// Messages as actors read and write them, apart from the product's own parser, so that a mistake is
// not made twice. A body is a function of the id of its message: any byte that is lost, repeated or
// belongs to another message is seen.

#include <cstdint>
#include <string>
#include <string_view>

namespace lb::sim {

using MessageId = std::uint32_t;

// Bytes `from` to `from + count` of the body.
[[nodiscard]] std::string body_of(MessageId id, std::uint64_t from, std::size_t count);
[[nodiscard]] bool is_body_of(MessageId id, std::uint64_t from, std::string_view bytes);

// Reads one message, in whatever pieces it comes.
class MessageReader {
 public:
  enum class Kind : std::uint8_t { kRequest, kResponse };
  enum class State : std::uint8_t { kHead, kBody, kDone, kBroken };
  enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

  // `bodiless`: the response to a HEAD.
  explicit MessageReader(Kind kind, bool bodiless = false) : kind_(kind), bodiless_(bodiless) {}

  // Returns how many bytes belong to this message; stops at its end, and after an interim head.
  [[nodiscard]] std::size_t feed(std::string_view bytes);
  // After a request whose offer to switch protocols is taken up: all that follows is body.
  void become_tunnel();
  // The stream has ended in order.
  void feed_eof();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool begun() const { return fed_ > 0; }
  [[nodiscard]] std::uint64_t fed() const { return fed_; }
  [[nodiscard]] bool head_done() const { return state_ != State::kHead; }
  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] bool broken() const { return state_ == State::kBroken; }
  [[nodiscard]] Framing framing() const { return framing_; }

  // Of the head. An empty view: there is none.
  [[nodiscard]] std::string_view start_line() const;
  [[nodiscard]] std::string_view field(std::string_view name) const;
  [[nodiscard]] int status() const;
  [[nodiscard]] bool switches() const { return head_done() && status() == 101; }
  // A 101 is the last: the rest of the stream is its body.
  [[nodiscard]] bool interim() const {
    return status() >= 100 && status() < 200 && status() != 101;
  }
  [[nodiscard]] bool asks_to_close() const;
  // Of the field X-Id; 0: there is none.
  [[nodiscard]] MessageId id() const { return id_; }

  [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }
  // False as soon as a byte is not the body of id().
  [[nodiscard]] bool body_matches() const { return body_matches_; }

 private:
  [[nodiscard]] std::size_t feed_head(std::string_view bytes);
  [[nodiscard]] std::size_t feed_body(std::string_view bytes);
  [[nodiscard]] std::size_t feed_chunked(std::string_view bytes);
  void take_head();
  void take_line();
  void take_payload(std::string_view bytes);

  const Kind kind_;
  const bool bodiless_;
  State state_ = State::kHead;
  Framing framing_ = Framing::kNone;
  std::uint64_t fed_ = 0;
  std::string head_;
  MessageId id_ = 0;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::uint64_t body_bytes_ = 0;
  bool body_matches_ = true;
  std::string line_;  // of the chunked coding
  bool after_last_chunk_ = false;
  bool after_chunk_ = false;
};

}  // namespace lb::sim
