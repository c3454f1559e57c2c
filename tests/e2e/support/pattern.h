#pragma once

// Bodies too large to keep: every octet is a function of its place, so a piece that is lost,
// repeated or moved is noticed without holding the whole.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lb::e2e {

// A prime below 64 KiB, so that no buffer of a round size repeats in step with it.
inline constexpr std::size_t kPatternPeriod = 65'521;

inline const std::string& pattern_period() {
  static const std::string period = [] {
    std::string text(kPatternPeriod, '\0');
    std::uint32_t state = 1;
    for (char& c : text) {
      state = state * 1'664'525 + 1'013'904'223;
      c = static_cast<char>(state >> 24);
    }
    return text;
  }();
  return period;
}

// Octets of the pattern from `offset` on: as many as the period still holds, at most `max`.
inline std::string_view pattern(std::uint64_t offset, std::uint64_t max) {
  const std::string_view rest =
      std::string_view(pattern_period()).substr(static_cast<std::size_t>(offset % kPatternPeriod));
  return rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(max, rest.size())));
}

// A whole body of the pattern.
inline std::string pattern_of(std::size_t size) {
  std::string text;
  text.reserve(size);
  while (text.size() < size) text += pattern(text.size(), size - text.size());
  return text;
}

class PatternCheck {
 public:
  // False from the first octet on that is not the pattern's.
  bool takes(std::string_view piece) {
    while (intact_ && !piece.empty()) {
      const std::string_view expected = pattern(size_, piece.size());
      intact_ = piece.starts_with(expected);
      size_ += expected.size();
      piece.remove_prefix(expected.size());
    }
    return intact_;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool intact() const { return intact_; }

 private:
  std::uint64_t size_ = 0;
  bool intact_ = true;
};

}  // namespace lb::e2e
