#pragma once

// Memory of which a part can be made unreadable: whoever looks there ends the process.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <string_view>

namespace lb::http {

class Pages {
 public:
  static constexpr std::size_t kPage = 4096;

  // The text stands `offset` behind the beginning of a page.
  explicit Pages(std::string_view text, std::size_t offset = 0)
      : bytes_(((offset + text.size()) / kPage + 1) * kPage), offset_(offset) {
    void* const memory =
        ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory, MAP_FAILED);
    begin_ = static_cast<char*>(memory);
    std::memcpy(text_begin(), text.data(), text.size());
  }
  ~Pages() { ::munmap(begin_, bytes_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  [[nodiscard]] char* text_begin() const { return begin_ + offset_; }

  // The pages that hold nothing but octets of the text from `from` to before `to`.
  void hide(std::size_t from, std::size_t to) {
    const std::size_t first = (offset_ + from + kPage - 1) / kPage;
    const std::size_t last = (offset_ + to) / kPage;
    if (first >= last) return;
    EXPECT_EQ(::mprotect(begin_ + first * kPage, (last - first) * kPage, PROT_NONE), 0);
  }
  void show() { EXPECT_EQ(::mprotect(begin_, bytes_, PROT_READ | PROT_WRITE), 0); }

 private:
  std::size_t bytes_;
  std::size_t offset_;
  char* begin_ = nullptr;
};

}  // namespace lb::http
