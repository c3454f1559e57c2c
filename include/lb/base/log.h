#pragma once

// The face of the log; spdlog stands behind it in log.cpp only. Lines go to stderr in the form of
// the original program:
//
//     2024-11-08 18:19:41,497 - INFO - server listening on localhost:8080
//
// Nothing is formatted when the level is off. Never on the path of a request: requests have the
// access log.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace lb::log {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kCritical, kOff };
enum class Format : std::uint8_t { kText, kJson };

void configure(Level level, Format format);
[[nodiscard]] bool enabled(Level level);
void write(Level level, std::string_view message);

namespace detail {
inline void append(std::string& line, std::string_view text) {
  line += text;
}
template <std::integral T>
void append(std::string& line, T value) {
  line += std::to_string(value);
}

template <class... Parts>
void join(Level level, const Parts&... parts) {
  if (!enabled(level)) return;
  std::string line;
  (append(line, parts), ...);
  write(level, line);
}
}  // namespace detail

// Each takes texts and integers and joins them to one line.
template <class... Parts>
void debug(const Parts&... parts) {
  detail::join(Level::kDebug, parts...);
}
template <class... Parts>
void info(const Parts&... parts) {
  detail::join(Level::kInfo, parts...);
}
template <class... Parts>
void warning(const Parts&... parts) {
  detail::join(Level::kWarning, parts...);
}
template <class... Parts>
void error(const Parts&... parts) {
  detail::join(Level::kError, parts...);
}

}  // namespace lb::log
