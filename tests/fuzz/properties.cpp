#include "tests/fuzz/properties.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace lb::fuzz {

void ensure(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::vector<std::size_t> cuts(std::size_t size) {
  constexpr std::size_t kAllUpTo = 48;
  constexpr std::size_t kSome = 24;
  std::vector<std::size_t> lengths;
  if (size <= kAllUpTo) {
    for (std::size_t i = 0; i < size; ++i) lengths.push_back(i);
    return lengths;
  }
  std::uint64_t random = size * 0x9e3779b97f4a7c15U;
  for (std::size_t i = 0; i < kSome; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    lengths.push_back((random >> 33) % size);
  }
  return lengths;
}

std::vector<std::string> lines_of(const http::Fields& fields) {
  std::vector<std::string> lines;
  for (const http::Field& field : fields) {
    if (field.dropped) continue;
    lines.push_back(std::string(field.name()) + ": " + std::string(field.value()) + "\r\n");
  }
  return lines;
}

}  // namespace lb::fuzz
