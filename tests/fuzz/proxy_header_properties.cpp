#include <array>

#include "downstream/proxy_protocol.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/properties.h"
#include "tests/unit/support/proxy_headers.h"

namespace lb::fuzz {
namespace {

using downstream::parse_proxy_header;
using downstream::ProxyHeader;
using http::ParseStatus;

constexpr std::size_t kFamilyAt = 13;
constexpr std::size_t kCommandAt = 12;

void check_prefixes(std::string_view bytes, const ProxyHeader& whole) {
  for (const std::size_t length : cuts(bytes.size())) {
    const Exact prefix(bytes.substr(0, length));
    const ProxyHeader header = parse_proxy_header(prefix.view());
    const bool suffices = whole.status == ParseStatus::kDone && length >= whole.bytes;
    if (suffices) ensure(header.status == ParseStatus::kDone, "prefix: the header is enough");
    if (header.status == ParseStatus::kIncomplete) continue;
    ensure(header.status == whole.status && header.bytes == whole.bytes, "prefix: same verdict");
    ensure(header.client == whole.client, "prefix: same client");
    ensure(header.reason == whole.reason, "prefix: same reason");
  }
}

void expect_named(const std::string& text, const os::IpAddress& client) {
  const Exact header(text);
  const ProxyHeader again = parse_proxy_header(header.view());
  ensure(again.status == ParseStatus::kDone && again.bytes == text.size(),
         "a made header is whole");
  ensure(again.client == client, "a made header names the same client");
}

// Its text may be that of an IPv4 address that came in IPv6, which is no address of its family.
void check_made(const os::IpAddress& client) {
  const bool ipv4 = client.family == os::Family::kIpv4;
  std::array<char, os::kIpTextMax> scratch;
  const std::string ip(os::format_ip(client, scratch));
  const std::string port = std::to_string(client.port);
  const bool has_text = ipv4 || ip.find(':') != std::string::npos;
  if (has_text) {
    expect_named(std::string("PROXY ") + (ipv4 ? "TCP4 " : "TCP6 ") + ip + " " + ip + " " + port +
                     " " + port + "\r\n",
                 client);
  }
  const std::string address(client.octets.begin(), client.octets.begin() + (ipv4 ? 4 : 16));
  const std::string ports = test::in_network_order(client.port, 2) + std::string(2, '\0');
  expect_named(
      test::binary(test::kProxied, ipv4 ? test::kTcp4 : test::kTcp6, address + address + ports),
      client);
}

void check_summed(std::string_view header, const ProxyHeader& whole) {
  constexpr std::size_t kAdded = 7;
  const int command = static_cast<unsigned char>(header[kCommandAt]);
  const int family = static_cast<unsigned char>(header[kFamilyAt]);
  const std::string block(header.substr(downstream::kProxyFixedBytes));
  if (command != test::kProxied || block.size() + kAdded > downstream::kProxyBlockBytesMax) return;
  // One that has a checksum already has now a wrong one, or two.
  const bool has_sum =
      parse_proxy_header(test::binary(command, family, block + test::tlv(4, ""))).status !=
      ParseStatus::kDone;
  const ProxyHeader right = parse_proxy_header(test::summed(command, family, block));
  ensure((right.status == ParseStatus::kDone) != has_sum, "one right checksum is accepted");
  ensure(has_sum || right.client == whole.client, "and changes nothing");
  const std::uint32_t error = 1U << (header.size() % 32);
  const ProxyHeader wrong = parse_proxy_header(test::summed(command, family, block, error));
  ensure(wrong.status == ParseStatus::kRefused, "a wrong checksum is not accepted");
}

}  // namespace

void check_proxy_header(std::string_view bytes) {
  const Exact input(bytes);
  const ProxyHeader header = parse_proxy_header(input.view());
  check_prefixes(bytes, header);
  ensure((header.status == ParseStatus::kRefused) != header.reason.empty(), "a reason if refused");
  if (header.status == ParseStatus::kIncomplete) {
    ensure(bytes.size() < downstream::kProxyHeaderBytesMax, "more is awaited up to a bound");
  }
  if (header.status != ParseStatus::kDone) return;

  ensure(header.bytes > 0 && header.bytes <= bytes.size(), "the header is among the bytes");
  const bool line = bytes.starts_with('P');
  ensure(header.bytes <= (line ? downstream::kProxyLineBytesMax : downstream::kProxyHeaderBytesMax),
         "the header is bounded");
  if (header.client && header.client->family != os::Family::kUnix) check_made(*header.client);
  if (!line) check_summed(bytes.substr(0, header.bytes), header);
}

}  // namespace lb::fuzz
