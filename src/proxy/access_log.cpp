#include "lb/proxy/access_log.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lb/base/ascii.h"

namespace lb::proxy {
namespace {

constexpr std::size_t kNumbersBytesMax = 80;  // on either side of what comes from the head
constexpr std::size_t kEscapeBytes = 4;
constexpr std::string_view kQuotes = " \"\"";

bool is_plain(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet >= 0x20 && octet < 0x7f && c != '"' && c != '\\';
}

// Whether all eight octets are plain: the high bit of each tells, of the lowest that is not
// exactly.
bool are_plain(std::uint64_t octets) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const auto has_zero = [](std::uint64_t word) { return (word - kEach) & ~word; };
  const std::uint64_t low = (octets - kEach * 0x20) & ~octets;
  const std::uint64_t odd = octets | low | has_zero(octets ^ (kEach * 0x7f)) |
                            has_zero(octets ^ (kEach * '"')) | has_zero(octets ^ (kEach * '\\'));
  return (odd & (kEach * 0x80)) == 0;
}

std::size_t escaped_bytes(std::string_view text) {
  std::size_t bytes = text.size();
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t octets = 0;
    std::memcpy(&octets, text.data(), sizeof octets);
    if (!are_plain(octets)) break;
    text.remove_prefix(sizeof octets);
  }
  for (const char c : text) bytes += is_plain(c) ? 0 : kEscapeBytes - 1;
  return bytes;
}

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// What comes from a client. What could end the quotes or the line, or hide from a terminal, goes as
// \xHH.
struct Quoted {
  std::string_view text;
  std::size_t bytes = escaped_bytes(text);

  [[nodiscard]] char* put(char* out) const {
    if (bytes == text.size()) return proxy::put(out, text);
    static constexpr std::string_view kHex = "0123456789abcdef";
    for (const char c : text) {
      const auto octet = static_cast<unsigned char>(c);
      if (is_plain(c)) {
        *out++ = c;
      } else {
        const std::array<char, kEscapeBytes> escape = {'\\', 'x', kHex[octet >> 4],
                                                       kHex[octet & 15]};
        out = std::ranges::copy(escape, out).out;
      }
    }
    return out;
  }
};

Quoted value_of(const http::RequestHead* head, http::FieldId id) {
  const http::Field* field = head != nullptr ? http::find(head->fields, id) : nullptr;
  return {field != nullptr ? field->value() : "-"};
}

// Seconds with three decimals, or "-".
char* put_seconds(char* out, std::optional<std::chrono::nanoseconds> time) {
  *out++ = ' ';
  if (!time) return put(out, "-");
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(*time).count());
  out = put_decimal(out, ms / 1000);
  const auto rest = static_cast<unsigned>(ms % 1000);
  *out++ = '.';
  *out++ = static_cast<char>('0' + rest / 100);
  *out++ = static_cast<char>('0' + rest / 10 % 10);
  *out++ = static_cast<char>('0' + rest % 10);
  return out;
}

}  // namespace

void AccessLine::begin(std::string_view log_time, const http::Peer& peer,
                       const http::RequestHead* head) {
  constexpr std::string_view kBeforeTime = " - - [";
  constexpr std::string_view kAfterTime = "] \"";
  constexpr std::string_view kVersion = " HTTP/1.1";
  const Quoted method{head != nullptr ? head->method_text : "-"};
  const Quoted target{head != nullptr ? head->target : ""};
  const Quoted referer = value_of(head, http::FieldId::kReferer);
  const Quoted agent = value_of(head, http::FieldId::kUserAgent);
  const std::size_t bytes_max = peer.client_ip.size() + kBeforeTime.size() + log_time.size() +
                                kAfterTime.size() + method.bytes + 1 + target.bytes +
                                kVersion.size() + 2 + referer.bytes + agent.bytes +
                                2 * kQuotes.size();
  const std::span<char> space = text_.reserve(bytes_max);
  char* out = put(space.data(), peer.client_ip);
  out = put(out, kBeforeTime);
  out = put(out, log_time);
  out = method.put(put(out, kAfterTime));
  if (head != nullptr) {
    *out++ = ' ';
    out = put(target.put(out), kVersion);
    if (head->minor_version == 0) out[-1] = '0';
  }
  out = put(out, "\" ");
  before_bytes_ = static_cast<std::uint32_t>(out - space.data());
  out = put(referer.put(put(out, " \"")), "\"");
  out = put(agent.put(put(out, " \"")), "\"");
  text_.commit(static_cast<std::size_t>(out - space.data()));
}

void AccessLine::end(AccessSink& sink, const AccessOutcome& outcome) {
  std::array<char, kNumbersBytesMax> middle;
  char* middle_end = put_decimal(middle.data(), outcome.status);
  *middle_end++ = ' ';
  middle_end = put_decimal(middle_end, outcome.body_bytes);
  std::array<char, kNumbersBytesMax> last;
  char* last_end = last.data();
  *last_end++ = ' ';
  last_end = put_decimal(last_end, outcome.tries);
  last_end = put_seconds(last_end, outcome.connect_time);
  last_end = put_seconds(last_end, outcome.first_byte_time);
  last_end = put_seconds(last_end, outcome.total_time);
  *last_end++ = '\n';
  const std::string_view text = text_.view();
  sink.write({{text.substr(0, before_bytes_),
               {middle.data(), middle_end},
               text.substr(before_bytes_),
               " ",
               outcome.server.empty() ? std::string_view("-") : outcome.server,
               {last.data(), last_end}}});
  text_.clear();
}

}  // namespace lb::proxy
