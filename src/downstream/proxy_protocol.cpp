#include "downstream/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "downstream/crc32c.h"
#include "lb/base/ascii.h"

namespace lb::downstream {
namespace {

using http::ParseStatus;

constexpr std::string_view kLineBegin = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
static_assert(kSignature.size() == 12);

// Octets of the fixed part, and what may stand there (2.2).
constexpr std::size_t kCommandAt = 12;
constexpr std::size_t kFamilyAt = 13;
constexpr std::size_t kLengthAt = 14;
constexpr std::uint8_t kLocal = 0x20;  // version 2, command LOCAL
constexpr std::uint8_t kProxied = 0x21;

// What stands behind the fixed part, by its octet for family and kind of socket (a stream, or
// unspecified): source, destination, port of the source, port of the destination; of unix sockets
// two paths. Of an unspecified family nothing is known, so that only TLVs may follow.
struct Layout {
  std::uint8_t code;
  std::size_t address_bytes;  // of all of it
  std::optional<os::Family> family;
};
constexpr std::array<Layout, 5> kLayouts{{{0x00, 0, std::nullopt},
                                          {0x01, 0, std::nullopt},
                                          {0x11, 12, os::Family::kIpv4},
                                          {0x21, 36, os::Family::kIpv6},
                                          {0x31, 216, os::Family::kUnix}}};

constexpr std::size_t kTlvHeadBytes = 3;  // type, length
constexpr std::uint8_t kTlvCrc32c = 0x03;
constexpr std::string_view kNoSum("\0\0\0\0", 4);

[[nodiscard]] ProxyHeader parse_line(std::string_view bytes);
[[nodiscard]] ProxyHeader parse_octets(std::string_view bytes);

ProxyHeader refused(std::string_view reason) {
  return {.status = ParseStatus::kRefused, .reason = reason};
}

ProxyHeader done(std::size_t bytes, std::optional<os::IpAddress> client) {
  return {.status = ParseStatus::kDone, .bytes = bytes, .client = client};
}

// Whether `bytes` begins with `mark`, or ends before it could tell.
bool may_begin_with(std::string_view bytes, std::string_view mark) {
  return bytes.starts_with(mark.substr(0, bytes.size()));
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
  if (may_begin_with(bytes, kLineBegin)) return parse_line(bytes);
  if (may_begin_with(bytes, kSignature)) return parse_octets(bytes);
  return refused("there is none");
}

namespace {

// ---- version 1

// Takes the text up to the next space off the front of `line`.
std::string_view next_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  constexpr std::size_t kDigitsMax = 5;
  const bool padded = text.size() > 1 && text.front() == '0';
  const std::optional<std::uint64_t> value = parse_decimal(text);
  if (!value || padded || text.size() > kDigitsMax || *value > UINT16_MAX) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

std::optional<os::IpAddress> parse_address(std::string_view text, os::Family family) {
  const std::optional<os::IpAddress> address = os::parse_ip(text);
  return address && address->family == family ? address : std::nullopt;
}

// What stands between "PROXY " and CRLF, of a line of so many bytes.
ProxyHeader parse_words(std::string_view line, std::size_t bytes) {
  constexpr auto kSpaces = 4;
  const bool five_words = std::ranges::count(line, ' ') == kSpaces;
  const std::string_view protocol = next_word(line);
  if (protocol == "UNKNOWN") return done(bytes, std::nullopt);  // whatever follows
  if (protocol != "TCP4" && protocol != "TCP6") return refused("its protocol is unknown");
  if (!five_words) return refused("its line has not two addresses and two ports");
  const os::Family family = protocol == "TCP4" ? os::Family::kIpv4 : os::Family::kIpv6;
  std::optional<os::IpAddress> source = parse_address(next_word(line), family);
  const bool has_destination = parse_address(next_word(line), family).has_value();
  if (!source || !has_destination) return refused("an address is not one of its family");
  const std::optional<std::uint16_t> port = parse_port(next_word(line));
  if (!port || !parse_port(line)) return refused("a port is no number from 0 to 65535");
  source->port = *port;
  return done(bytes, source);
}

// Nothing is looked at before the line is whole (2.1). Neither CR nor LF may stand alone.
ProxyHeader parse_line(std::string_view bytes) {
  constexpr std::string_view kEnd = "\r\n";
  const std::string_view seen = bytes.substr(0, kProxyLineBytesMax);
  const std::size_t end = seen.find_first_of(kEnd);
  if (end == std::string_view::npos || seen.substr(end) == "\r") {
    if (bytes.size() < kProxyLineBytesMax) return {};
    return refused("its line is too long");
  }
  if (!seen.substr(end).starts_with(kEnd)) return refused("its line does not end in CRLF");
  return parse_words(seen.substr(kLineBegin.size(), end - kLineBegin.size()), end + kEnd.size());
}

// ---- version 2

std::uint8_t octet_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

// Network order.
std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(octet_at(bytes, at) << 8 | octet_at(bytes, at + 1));
}

const Layout* find_layout(std::uint8_t code) {
  const auto* const layout = std::ranges::find(kLayouts, code, &Layout::code);
  return layout == kLayouts.end() ? nullptr : layout;
}

std::optional<os::IpAddress> client_of(std::string_view block, const Layout& layout) {
  if (!layout.family) return std::nullopt;
  os::IpAddress client{.family = *layout.family};
  if (client.family == os::Family::kUnix) return client;
  const std::size_t octets = client.family == os::Family::kIpv4 ? 4 : client.octets.size();
  client.port = number_at(block, 2 * octets);
  for (std::size_t i = 0; i < octets; ++i) client.octets[i] = octet_at(block, i);
  return client;
}

// It was computed with zeros in its own place (2.2.3).
bool sum_holds(std::string_view header, std::size_t sum_at) {
  Crc32c sum;
  sum.add(header.substr(0, sum_at));
  sum.add(kNoSum);
  sum.add(header.substr(sum_at + kNoSum.size()));
  const std::uint32_t told =
      static_cast<std::uint32_t>(number_at(header, sum_at)) << 16 | number_at(header, sum_at + 2);
  return sum.value() == told;
}

// What is wrong with the TLVs that begin there; empty: nothing.
std::string_view fault_in_tlvs(std::string_view header, std::size_t at) {
  bool summed = false;
  while (at < header.size()) {
    const std::string_view rest = header.substr(at);
    const bool has_head = rest.size() >= kTlvHeadBytes;
    const std::size_t length = has_head ? number_at(rest, 1) : 0;
    if (!has_head || rest.size() - kTlvHeadBytes < length) return "a TLV is cut";
    if (octet_at(rest, 0) == kTlvCrc32c) {
      if (summed || length != kNoSum.size()) return "its checksum is malformed";
      if (!sum_holds(header, at + kTlvHeadBytes)) return "its checksum is wrong";
      summed = true;
    }
    at += kTlvHeadBytes + length;
  }
  return {};
}

// What is wrong with as much of the fixed part as is there; empty: nothing.
std::string_view fault_in_fixed_part(std::string_view bytes) {
  if (bytes.size() <= kCommandAt) return {};
  const std::uint8_t command = octet_at(bytes, kCommandAt);
  if (command != kLocal && command != kProxied) return "its version or command is unknown";
  if (bytes.size() <= kFamilyAt) return {};
  const Layout* const layout = find_layout(octet_at(bytes, kFamilyAt));
  if (command == kProxied && layout == nullptr) return "its family is none of a stream";
  if (bytes.size() < kProxyFixedBytes) return {};
  const std::size_t length = number_at(bytes, kLengthAt);
  if (length > kProxyBlockBytesMax) return "it is too long";
  if (command == kProxied && length < layout->address_bytes) return "it is too short for addresses";
  return {};
}

// Of a LOCAL one nothing but the length counts: the block is dropped, its family ignored (2.2).
ProxyHeader parse_octets(std::string_view bytes) {
  const std::string_view fault = fault_in_fixed_part(bytes);
  if (!fault.empty()) return refused(fault);
  if (bytes.size() < kProxyFixedBytes) return {};
  const std::size_t whole = kProxyFixedBytes + number_at(bytes, kLengthAt);
  if (bytes.size() < whole) return {};
  if (octet_at(bytes, kCommandAt) == kLocal) return done(whole, std::nullopt);
  const std::string_view header = bytes.substr(0, whole);
  const Layout& layout = *find_layout(octet_at(bytes, kFamilyAt));
  const std::string_view tlv_fault = fault_in_tlvs(header, kProxyFixedBytes + layout.address_bytes);
  if (!tlv_fault.empty()) return refused(tlv_fault);
  return done(whole, client_of(header.substr(kProxyFixedBytes), layout));
}

}  // namespace
}  // namespace lb::downstream
