#pragma once

// A client of the balancer on a raw socket: it says exactly what a test wants and reads strictly.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/support/body.h"
#include "tests/e2e/support/message.h"
#include "tests/e2e/support/wire.h"

namespace lb::e2e {

struct Response : ResponseHead {
  std::vector<ResponseHead> interims;  // the 1xx heads before it
  Framing::Kind framing = Framing::Kind::kNone;
  std::string body;
  std::vector<Field> trailers;
  bool complete = true;  // false: the connection ended within the body
};

// How the other side ended a connection.
enum class End : std::uint8_t { kClosed, kReset, kNotAfterBytes };

struct ClientOptions {
  std::string ip = "127.0.0.1";
  std::string unix_path{};  // of a unix socket, then address and port do not matter
  int receive_buffer = 0;   // bytes; 0: the kernel's choice
};

class Client {
 public:
  explicit Client(std::uint16_t port, const ClientOptions& options = {});

  void sends(std::string_view bytes) { wire_.sends(bytes); }
  // One octet at a time, each a segment of its own as far as the kernel allows.
  void drips(std::string_view bytes);
  // A GET with a Host and these whole field lines, and its response.
  [[nodiscard]] Response gets(std::string_view target, std::string_view fields = {});

  // A whole response to a request of that method. A malformed one throws; one whose body is cut is
  // returned incomplete; none at all throws.
  [[nodiscard]] Response reads_response(std::string_view method = "GET", Deadline deadline = {});
  // The next head, interim or final, without its body.
  [[nodiscard]] ResponseHead reads_head(Deadline deadline = {});
  [[nodiscard]] std::string reads_some(std::size_t max = 64 * 1024) {
    return wire_.reads_some(max);
  }

  // Waits for the end of the connection, before which nothing may come.
  [[nodiscard]] End reads_end(Deadline deadline = {});

  void half_closes() { wire_.half_closes(); }
  void resets() { wire_.resets(); }
  void closes() { wire_.closes(); }
  [[nodiscard]] Wire& wire() { return wire_; }

 private:
  Wire wire_;
};

// A GET for a target with this Host.
[[nodiscard]] std::string get(std::string_view target, std::string_view fields = {});
// A POST with Content-Length.
[[nodiscard]] std::string post(std::string_view target, std::string_view body,
                               std::string_view fields = {});
[[nodiscard]] std::string post_chunked(std::string_view target, std::string_view body,
                                       std::size_t chunk_size = 1024);
// The head of a POST of that size, without its body.
[[nodiscard]] std::string post_head(std::string_view target, std::uint64_t length,
                                    std::string_view fields = {});
inline constexpr std::string_view kHost = "balancer.test";

// Whether a listener at that address refuses.
[[nodiscard]] bool is_refused(std::uint16_t port, const std::string& ip = "127.0.0.1");

}  // namespace lb::e2e
