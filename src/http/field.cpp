#include "lb/http/field.h"

#include <cassert>
#include <cstdint>
#include <cstring>

#include "lb/base/ascii.h"

namespace lb::http {
namespace {

struct Known {
  std::string_view name;
  FieldId id = FieldId::kOther;
};

// Length and first letter: different for every name that is known, so that at most one of them has
// to be compared. (The compiler refuses a switch with two equal keys.)
constexpr std::size_t key(std::string_view name) {
  return name.size() << 8 | static_cast<unsigned char>(to_lower(name.front()));
}

// The only known name that `name`, which is not empty, can be.
constexpr Known candidate(std::string_view name) {
  switch (key(name)) {
    case key("connection"):
      return {"connection", FieldId::kConnection};
    case key("content-length"):
      return {"content-length", FieldId::kContentLength};
    case key("date"):
      return {"date", FieldId::kDate};
    case key("expect"):
      return {"expect", FieldId::kExpect};
    case key("forwarded"):
      return {"forwarded", FieldId::kForwarded};
    case key("host"):
      return {"host", FieldId::kHost};
    case key("http2-settings"):
      return {"http2-settings", FieldId::kHttp2Settings};
    case key("keep-alive"):
      return {"keep-alive", FieldId::kKeepAlive};
    case key("max-forwards"):
      return {"max-forwards", FieldId::kMaxForwards};
    case key("proxy-connection"):
      return {"proxy-connection", FieldId::kProxyConnection};
    case key("referer"):
      return {"referer", FieldId::kReferer};
    case key("te"):
      return {"te", FieldId::kTe};
    case key("trailer"):
      return {"trailer", FieldId::kTrailer};
    case key("transfer-encoding"):
      return {"transfer-encoding", FieldId::kTransferEncoding};
    case key("upgrade"):
      return {"upgrade", FieldId::kUpgrade};
    case key("user-agent"):
      return {"user-agent", FieldId::kUserAgent};
    case key("via"):
      return {"via", FieldId::kVia};
    case key("x-forwarded-for"):
      return {"x-forwarded-for", FieldId::kXForwardedFor};
    case key("x-forwarded-host"):
      return {"x-forwarded-host", FieldId::kXForwardedHost};
    case key("x-forwarded-proto"):
      return {"x-forwarded-proto", FieldId::kXForwardedProto};
    case key("x-real-ip"):
      return {"x-real-ip", FieldId::kXRealIp};
    default:
      return {};
  }
}

constexpr std::string_view kXForwarded = "x-forwarded-";

// In a token only capital letters lack this bit and have a lower case that has it: with the bit set
// an octet equals a lower-case letter, a digit or "-" only if it is that but for its case.
constexpr std::uint64_t kCaseBits = 0x2020202020202020;

std::uint64_t octets_at(const char* at, std::size_t count) {
  std::uint64_t octets = 0;
  std::memcpy(&octets, at, count);
  return octets | kCaseBits;
}

// Whether `name`, a token, is `known` (lower-case letters, digits and "-", and as long) but for its
// case: eight octets at a time, the last of which may have been looked at before.
bool is_known(std::string_view name, std::string_view known) {
  constexpr std::size_t kStep = sizeof(std::uint64_t);
  const char* const a = name.data();
  const char* const b = known.data();
  const std::size_t bytes = known.size();
  if (bytes < kStep) return octets_at(a, bytes) == octets_at(b, bytes);
  for (std::size_t at = 0; at + kStep < bytes; at += kStep) {
    if (octets_at(a + at, kStep) != octets_at(b + at, kStep)) return false;
  }
  return octets_at(a + bytes - kStep, kStep) == octets_at(b + bytes - kStep, kStep);
}

}  // namespace

FieldId identify(std::string_view name) {
  if (name.empty()) return FieldId::kOther;
  const Known known = candidate(name);
  if (known.id != FieldId::kOther && is_known(name, known.name)) return known.id;
  const bool x_forwarded = to_lower(name.front()) == 'x' && name.size() >= kXForwarded.size() &&
                           is_known(name.substr(0, kXForwarded.size()), kXForwarded);
  return x_forwarded ? FieldId::kXForwardedOther : FieldId::kOther;
}

Field make_field(std::string_view line, std::size_t name_bytes, FieldId id) {
  assert(line.size() >= name_bytes + 4 && line[name_bytes] == ':' && line.ends_with("\r\n"));
  Field field;
  field.line = line.data();
  field.line_bytes = static_cast<std::uint32_t>(line.size());
  field.name_bytes = static_cast<std::uint32_t>(name_bytes);
  field.value_begin = static_cast<std::uint32_t>(name_bytes + 2);
  field.value_bytes = static_cast<std::uint32_t>(line.size() - name_bytes - 4);
  field.id = id;
  return field;
}

Field make_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  assert(colon != std::string_view::npos);
  return make_field(line, colon, identify(line.substr(0, colon)));
}

const Field* find(const Fields& fields, FieldId id) {
  for (const Field& field : fields) {
    if (field.id == id && !field.dropped) return &field;
  }
  return nullptr;
}

}  // namespace lb::http
