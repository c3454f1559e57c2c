#include "app/options_message.h"

namespace lb::app {
namespace {

void append_shown(std::string& line, char c) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const auto octet = static_cast<unsigned char>(c);
  if (octet >= 0x20 && octet != 0x7f) {
    line += c;
    return;
  }
  line += "\\x";
  line += kHex[octet >> 4];
  line += kHex[octet & 15];
}

}  // namespace

std::string shown(std::string_view value) {
  if (value.empty()) return "''";
  std::string line;
  for (const char c : value.substr(0, kShownBytesMax)) append_shown(line, c);
  if (value.size() > kShownBytesMax) line += "...";
  return line;
}

std::unexpected<std::string> not_expected(std::string_view value, std::string_view what) {
  return std::unexpected(shown(value).append(": expected ").append(what));
}

}  // namespace lb::app
