#include "http/message_fields.h"

#include "http/scan.h"
#include "lb/base/ascii.h"

namespace lb::http {
namespace {

// Servers keep lengths in signed 64 bits: what does not fit there is read differently by each.
constexpr std::size_t kLengthDigitsMax = 19;
constexpr std::uint64_t kLengthMax = INT64_MAX;

}  // namespace

void MessageFields::note_length(std::string_view value) {
  const std::optional<std::uint64_t> length =
      value.size() <= kLengthDigitsMax ? parse_decimal(value) : std::nullopt;
  length_is_bad_ = length_is_bad_ || length_.has_value() || !length || *length > kLengthMax;
  length_ = length;
}

void MessageFields::note_codings(std::string_view value) {
  for_each_token(value, [this](std::string_view coding) { note_coding(coding); });
  if (coding_ == Coding::kAbsent) coding_ = Coding::kAmbiguous;
}

void MessageFields::note_coding(std::string_view coding) {
  const bool chunked = equals_ignoring_case(coding, "chunked");
  const std::string_view name = trim(coding.substr(0, coding.find(';')));
  if (!is_token(name) || (!chunked && equals_ignoring_case(name, "chunked"))) {
    coding_ = Coding::kAmbiguous;
    return;
  }
  switch (coding_) {
    case Coding::kAbsent:
      coding_ = chunked ? Coding::kChunked : Coding::kUnended;
      return;
    case Coding::kUnended:
      coding_ = chunked ? Coding::kUnknown : Coding::kUnended;
      return;
    case Coding::kChunked:
    case Coding::kUnknown:
    case Coding::kAmbiguous:
      coding_ = Coding::kAmbiguous;
      return;
  }
}

void MessageFields::note_options(std::string_view value) {
  for_each_token(value, [this](std::string_view option) { note_option(option); });
}

void MessageFields::note_option(std::string_view option) {
  ++options_;
  if (equals_ignoring_case(option, "close")) {
    close_ = true;
  } else if (equals_ignoring_case(option, "keep-alive")) {
    keep_alive_ = true;
  } else if (equals_ignoring_case(option, "upgrade")) {
    upgrade_ = true;
  }
}

}  // namespace lb::http
