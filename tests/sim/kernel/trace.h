#pragma once

// The story of a run, a line for each kernel call and each act of the world, on standard output.
// Holds nothing that differs from run to run: no address of memory, no real time. The bytes that
// move are shown by their beginning and their sum, so that two traces are equal only if they were.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sim/kernel/agenda.h"

namespace lb::sim {

class Trace {
 public:
  Trace(const Agenda& agenda, bool on) : agenda_(agenda), on_(on) {}

  // A call of the product.
  template <class... Parts>
  void call(const Parts&... parts) {
    if (on_) write(' ', join(parts...));
  }
  // What the world does by itself.
  template <class... Parts>
  void note(const Parts&... parts) {
    if (on_) write('~', join(parts...));
  }

  [[nodiscard]] bool on() const { return on_; }
  // Whose calls they are from here on.
  void set_process(std::uint64_t id) { process_ = id; }

  // "17 bytes 1f2e3d4c \"HTTP/1.1 200 OK\\r\\n\""
  [[nodiscard]] static std::string excerpt(std::string_view bytes);
  // "= EAGAIN", "= 0"
  [[nodiscard]] static std::string result(int error);

 private:
  static void append(std::string& line, std::string_view text) { line += text; }
  template <std::integral T>
  static void append(std::string& line, T value) {
    line += std::to_string(value);
  }
  template <class... Parts>
  static std::string join(const Parts&... parts) {
    std::string line;
    (append(line, parts), ...);
    return line;
  }
  void write(char kind, std::string_view line);

  const Agenda& agenda_;
  const bool on_;
  std::uint64_t process_ = 1;
};

// FNV-1a, the sum of traces and bodies.
[[nodiscard]] std::uint32_t sum_of(std::string_view bytes);

}  // namespace lb::sim
