#pragma once

// All chance of a run: a stream of draws from one seed. Nothing of <random> is used, because the
// distributions of two standard libraries differ. Draw one value per statement: the order of
// evaluation within an expression is the compiler's.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lb/base/random.h"

namespace lb::sim {

using Duration = std::chrono::nanoseconds;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) { static_cast<void>(random_.next()); }

  // A stream of its own, so that draws here do not shift the draws there.
  [[nodiscard]] Dice split() { return Dice(random_.next()); }
  [[nodiscard]] std::uint64_t next() { return random_.next(); }

  [[nodiscard]] bool chance(std::uint32_t per_million) {
    return per_million > 0 && random_.next() % 1'000'000 < per_million;
  }
  [[nodiscard]] bool percent(std::uint32_t percent) { return chance(percent * 10'000); }

  // Evenly from `first` to `last`, both included.
  template <class T>
  [[nodiscard]] T between(T first, T last) {
    return static_cast<T>(
        random_.between(static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)));
  }
  [[nodiscard]] Duration between(Duration first, Duration last) {
    return Duration(random_.between(first.count(), last.count()));
  }
  // From 1 to `last`, small ones as likely as large ones: what finds the edges of buffers.
  [[nodiscard]] std::size_t size_up_to(std::size_t last) {
    std::size_t bound = last;
    const auto halvings = random_.next() % 16;
    for (std::uint64_t i = 0; i < halvings && bound > 1; ++i) bound /= 2;
    return between<std::size_t>(1, bound);
  }
  template <class T>
  [[nodiscard]] const T& one_of(std::span<const T> choices) {
    return choices[between<std::size_t>(0, choices.size() - 1)];
  }
  template <class T, std::size_t N>
  [[nodiscard]] T one_of(const T (&choices)[N]) {
    return choices[between<std::size_t>(0, N - 1)];
  }

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[between<std::size_t>(0, i - 1)]);
    }
  }

 private:
  Random random_;
};

}  // namespace lb::sim
