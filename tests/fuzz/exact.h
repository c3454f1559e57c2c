#pragma once

// Bytes in an allocation of exactly their size, so that AddressSanitizer sees every read behind
// them.

#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace lb::fuzz {

class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    if (size_ != 0) std::memcpy(bytes_.get(), text.data(), size_);
  }

  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<char> bytes() { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

}  // namespace lb::fuzz
