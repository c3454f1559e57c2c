#pragma once

// Writing text into memory whose size the caller has made sure of.

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "lb/base/ascii.h"
#include "lb/http/field.h"

namespace lb::http {

// Each writes at `out` and returns one past what it wrote.
[[nodiscard]] inline char* put(char* out, std::string_view text) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// A field line whose white space is plain: "name: value", never longer than it came.
[[nodiscard]] inline char* put(char* out, const Field& field) {
  if (field.is_plain()) return put(out, field.text());
  out = put(out, field.name());
  out = put(out, ": ");
  out = put(out, field.value());
  return put(out, "\r\n");
}

[[nodiscard]] inline char* put_hex(char* out, std::uint64_t value) {
  return std::to_chars(out, out + 16, value, 16).ptr;
}

}  // namespace lb::http
