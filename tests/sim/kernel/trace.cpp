#include "tests/sim/kernel/trace.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>

namespace lb::sim {
namespace {

constexpr std::size_t kExcerptBytesMax = 48;

struct ErrnoName {
  int value;
  const char* name;
};

constexpr ErrnoName kNames[] = {{EAGAIN, "EAGAIN"},
                                {EINPROGRESS, "EINPROGRESS"},
                                {ECONNREFUSED, "ECONNREFUSED"},
                                {ECONNRESET, "ECONNRESET"},
                                {EPIPE, "EPIPE"},
                                {ETIMEDOUT, "ETIMEDOUT"},
                                {EHOSTUNREACH, "EHOSTUNREACH"},
                                {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
                                {EADDRINUSE, "EADDRINUSE"},
                                {ENOENT, "ENOENT"},
                                {ENOTCONN, "ENOTCONN"},
                                {EMFILE, "EMFILE"},
                                {ENFILE, "ENFILE"},
                                {ENOBUFS, "ENOBUFS"},
                                {ENOMEM, "ENOMEM"},
                                {ENOSPC, "ENOSPC"},
                                {EIO, "EIO"},
                                {EBADF, "EBADF"}};

}  // namespace

std::string Trace::excerpt(std::string_view bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = std::to_string(bytes.size()) + " bytes ";
  const std::uint32_t sum = sum_of(bytes);
  for (int shift = 28; shift >= 0; shift -= 4) text += kHex[(sum >> shift) & 15];
  text += " \"";
  for (const char c : bytes.substr(0, kExcerptBytesMax)) {
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c >= ' ' && c < 0x7f ? c : '.';
    }
  }
  return text + (bytes.size() > kExcerptBytesMax ? "\"..." : "\"");
}

std::string Trace::result(int error) {
  if (error == 0) return "= 0";
  for (const ErrnoName& entry : kNames) {
    if (entry.value == error) return std::string("= ") + entry.name;
  }
  return "= errno " + std::to_string(error);
}

void Trace::write(char kind, std::string_view line) {
  const auto ns = agenda_.since_start().count();
  const std::string who =
      process_ > 1 && kind == ' ' ? "[" + std::to_string(process_) + "] " : std::string();
  std::printf("%" PRId64 ".%09" PRId64 " %c %s%.*s\n", ns / 1'000'000'000, ns % 1'000'000'000, kind,
              who.c_str(), static_cast<int>(line.size()), line.data());
}

std::uint32_t sum_of(std::string_view bytes) {
  std::uint32_t sum = 2166136261U;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
  return sum;
}

}  // namespace lb::sim
