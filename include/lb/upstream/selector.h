#pragma once

// Round robin over endpoints: one cursor, advanced by every pick. Exact: over any time in which the
// eligible endpoints do not change, the numbers of picks differ by at most one. What is eligible is
// the caller's to say.

#include <cstddef>
#include <optional>

namespace lb::upstream {

class Selector {
 public:
  explicit Selector(std::size_t count) : count_(count) {}

  // The next index for which eligible(index) holds, or nothing after one round.
  template <class Eligible>
  [[nodiscard]] std::optional<std::size_t> pick(Eligible&& eligible) {
    std::size_t index = cursor_;
    for (std::size_t step = 0; step < count_; ++step) {
      if (eligible(index)) {
        cursor_ = after(index);
        return index;
      }
      index = after(index);
    }
    return std::nullopt;
  }

  // Whose turn it is.
  [[nodiscard]] std::size_t next() const { return cursor_; }
  void go_on_from(std::size_t index) { cursor_ = index; }

 private:
  [[nodiscard]] std::size_t after(std::size_t index) const {
    return index + 1 == count_ ? 0 : index + 1;
  }

  std::size_t count_;
  std::size_t cursor_ = 0;
};

}  // namespace lb::upstream
