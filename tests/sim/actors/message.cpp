#include "tests/sim/actors/message.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "lb/base/ascii.h"
#include "lb/base/random.h"

namespace lb::sim {
namespace {

// Prime, so that no size of a buffer is a multiple of it.
constexpr std::size_t kPatternBytes = 4093;

const std::string& pattern() {
  static const std::string twice = [] {
    std::string text;
    Random random(1);
    for (std::size_t i = 0; i < kPatternBytes; ++i) {
      text += static_cast<char>('a' + random.next() % 26);
    }
    return text + text;
  }();
  return twice;
}

std::size_t place(MessageId id, std::uint64_t at) {
  return static_cast<std::size_t>((at + std::uint64_t{id} * 997) % kPatternBytes);
}

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

std::string body_of(MessageId id, std::uint64_t from, std::size_t count) {
  std::string body;
  body.reserve(count);
  while (body.size() < count) {
    const std::size_t step = std::min(count - body.size(), kPatternBytes);
    body.append(pattern(), place(id, from + body.size()), step);
  }
  return body;
}

bool is_body_of(MessageId id, std::uint64_t from, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view part = bytes.substr(at, kPatternBytes);
    if (pattern().compare(place(id, from + at), part.size(), part) != 0) return false;
    at += part.size();
  }
  return true;
}

// ---- the head

std::size_t MessageReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ != State::kDone && state_ != State::kBroken) {
    const std::string_view rest = bytes.substr(taken);
    const std::size_t step = state_ == State::kHead ? feed_head(rest) : feed_body(rest);
    taken += step;
    fed_ += step;
  }
  return taken;
}

std::size_t MessageReader::feed_head(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    head_ += bytes[i];
    if (!head_.ends_with("\r\n\r\n")) continue;
    take_head();
    return i + 1;
  }
  return bytes.size();
}

void MessageReader::take_head() {
  const bool valid = kind_ == Kind::kRequest ? start_line().find(" HTTP/1.") != std::string::npos
                                             : start_line().starts_with("HTTP/1.");
  if (!valid) {
    state_ = State::kBroken;
    return;
  }
  id_ = static_cast<MessageId>(number(field("x-id"), 10));
  const bool has_body =
      kind_ == Kind::kRequest || !(bodiless_ || interim() || status() == 204 || status() == 304);
  const std::string_view length = field("content-length");
  if (!has_body) {
    framing_ = Framing::kNone;
  } else if (field("transfer-encoding") == "chunked") {
    framing_ = Framing::kChunked;
  } else if (!length.empty()) {
    framing_ = Framing::kLength;
    left_ = number(length, 10);
  } else if (kind_ == Kind::kResponse) {
    framing_ = Framing::kUntilClose;
  }
  const bool empty = framing_ == Framing::kNone || (framing_ == Framing::kLength && left_ == 0);
  state_ = empty ? State::kDone : State::kBody;
}

std::string_view MessageReader::start_line() const {
  return std::string_view(head_).substr(0, head_.find("\r\n"));
}

std::string_view MessageReader::field(std::string_view name) const {
  std::string_view rest = head_;
  while (true) {
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 2);
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!equals_ignoring_case(line.substr(0, name.size()), name)) continue;
    std::string_view value = line.substr(name.size() + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
}

int MessageReader::status() const {
  if (kind_ == Kind::kRequest || head_.size() < 12) return 0;
  return static_cast<int>(number(std::string_view(head_).substr(9, 3), 10));
}

bool MessageReader::asks_to_close() const {
  const std::string_view connection = field("connection");
  if (connection == "close") return true;
  return start_line().find("HTTP/1.0") != std::string_view::npos && connection != "keep-alive";
}

// ---- the body

void MessageReader::take_payload(std::string_view bytes) {
  body_matches_ = body_matches_ && (id_ == 0 || is_body_of(id_, body_bytes_, bytes));
  body_bytes_ += bytes.size();
}

std::size_t MessageReader::feed_body(std::string_view bytes) {
  if (framing_ == Framing::kChunked) return feed_chunked(bytes);
  const bool counted = framing_ == Framing::kLength;
  const std::size_t count =
      counted ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()))
              : bytes.size();
  take_payload(bytes.substr(0, count));
  if (counted) {
    left_ -= count;
    if (left_ == 0) state_ = State::kDone;
  }
  return count;
}

std::size_t MessageReader::feed_chunked(std::string_view bytes) {
  if (left_ > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    take_payload(bytes.substr(0, count));
    left_ -= count;
    after_chunk_ = left_ == 0;
    return count;
  }
  line_ += bytes.front();
  if (line_.ends_with("\r\n")) take_line();
  return 1;
}

// "1f;extension", the empty line after a chunk, a trailer, or the empty line at the end.
void MessageReader::take_line() {
  const std::string line = line_.substr(0, line_.size() - 2);
  line_.clear();
  if (after_chunk_) {
    after_chunk_ = false;
    if (!line.empty()) state_ = State::kBroken;
  } else if (after_last_chunk_) {
    if (line.empty()) state_ = State::kDone;
  } else if (line.empty() || (!is_digit(line.front()) && (line.front() | 32) < 'a')) {
    state_ = State::kBroken;
  } else {
    left_ = number(line, 16);
    after_last_chunk_ = left_ == 0;
  }
}

void MessageReader::become_tunnel() {
  state_ = State::kBody;
  framing_ = Framing::kUntilClose;
}

void MessageReader::feed_eof() {
  if (state_ == State::kBody && framing_ == Framing::kUntilClose) state_ = State::kDone;
}

}  // namespace lb::sim
