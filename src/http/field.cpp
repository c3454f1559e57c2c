#include "lb/http/field.h"

#include <array>
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

constexpr std::array kKnown{
    Known{"connection", FieldId::kConnection},
    Known{"content-length", FieldId::kContentLength},
    Known{"date", FieldId::kDate},
    Known{"expect", FieldId::kExpect},
    Known{"forwarded", FieldId::kForwarded},
    Known{"host", FieldId::kHost},
    Known{"http2-settings", FieldId::kHttp2Settings},
    Known{"keep-alive", FieldId::kKeepAlive},
    Known{"max-forwards", FieldId::kMaxForwards},
    Known{"proxy-connection", FieldId::kProxyConnection},
    Known{"referer", FieldId::kReferer},
    Known{"te", FieldId::kTe},
    Known{"trailer", FieldId::kTrailer},
    Known{"transfer-encoding", FieldId::kTransferEncoding},
    Known{"upgrade", FieldId::kUpgrade},
    Known{"user-agent", FieldId::kUserAgent},
    Known{"via", FieldId::kVia},
    Known{"x-forwarded-for", FieldId::kXForwardedFor},
    Known{"x-forwarded-host", FieldId::kXForwardedHost},
    Known{"x-forwarded-proto", FieldId::kXForwardedProto},
    Known{"x-real-ip", FieldId::kXRealIp},
};
constexpr std::size_t kKnownBytesMax = 17;

// By length and first letter, which are different for every name that is known, its place among
// them counted from 1: at most one has to be compared.
constexpr std::size_t kLetters = 32;  // what is left of a letter without its case
using Places = std::array<std::array<std::uint8_t, kLetters>, kKnownBytesMax + 1>;

constexpr std::size_t letter(std::string_view name) {
  return static_cast<unsigned char>(name.front()) % kLetters;
}

constexpr Places kPlaces = [] {
  Places places{};
  std::uint8_t place = 0;
  for (const Known& known : kKnown) {
    std::uint8_t& at = places.at(known.name.size()).at(letter(known.name));
    if (at != 0) throw "two names of one length and letter";
    at = ++place;
  }
  return places;
}();

// The only known name that `name`, which is not empty, can be, or nullptr.
const Known* candidate(std::string_view name) {
  if (name.size() > kKnownBytesMax) return nullptr;
  const std::uint8_t place = kPlaces[name.size()][letter(name)];
  return place == 0 ? nullptr : &kKnown[place - 1U];
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
  const Known* const known = candidate(name);
  if (known != nullptr && is_known(name, known->name)) return known->id;
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
