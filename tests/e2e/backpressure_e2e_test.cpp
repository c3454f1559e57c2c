// Large bodies and stalled peers: who sends too fast is held back, memory stays small, and every
// octet arrives.

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

constexpr std::uint64_t kMebibyte = 1024 * 1024;
constexpr std::uint64_t kLarge = 64 * kMebibyte;
// What may lie between sender and reader: the buffers of four sockets, some MiB each as the kernel
// sees fit, and the little that lb holds.
constexpr std::uint64_t kHeldMax = 40 * kMebibyte;
constexpr std::size_t kMemoryMax = 16 * kMebibyte;
constexpr std::chrono::milliseconds kStuckAfter{500};
// A small window, so that most of what is held back is held back by lb.
constexpr int kSmallBuffer = 64 * 1024;

// Sends the pattern until nothing more is taken for a while; how much was.
std::uint64_t fills(Wire& wire, std::uint64_t total) {
  std::uint64_t sent = 0;
  while (sent < total) {
    const std::size_t taken = wire.sends_some(pattern(sent, total - sent), Deadline(kStuckAfter));
    if (taken == 0) break;
    sent += taken;
  }
  return sent;
}

void sends_rest(Wire& wire, std::uint64_t from, std::uint64_t total) {
  while (from < total) {
    const std::string_view piece = pattern(from, total - from);
    wire.sends(piece);
    from += piece.size();
  }
}

PatternCheck reads_all(BodyReader& body) {
  PatternCheck check;
  while (!body.done()) check.takes(body.next());
  return check;
}

class Backpressure : public Balanced {
 protected:
  // In a sanitized build freed memory is kept aside for a while, so its figures mean nothing.
  void expect_modest_memory() {
    if (kSanitized) return;
    EXPECT_LT(balancer().process().peak_rss_bytes(), kMemoryMax);
  }
};

TEST_F(Backpressure, ALargeUploadStreamsThrough) {
  origin.plays([](Exchange& exchange) {
    PatternCheck check;
    for (std::string piece = exchange.reads_piece(); !piece.empty();
         piece = exchange.reads_piece()) {
      check.takes(piece);
    }
    EXPECT_TRUE(check.intact());
    exchange.answers(200, std::to_string(check.size()));
  });
  Client one = client();
  one.sends(post_head("/upload", kLarge));
  sends_rest(one.wire(), 0, kLarge);
  EXPECT_EQ(one.reads_response("POST").body, std::to_string(kLarge));
  expect_modest_memory();
}

TEST_F(Backpressure, ALargeDownloadStreamsThrough) {
  for (const bool has_length : {true, false}) {
    origin.plays([=](Exchange& exchange) {
      const std::string length = "Content-Length: " + std::to_string(kLarge) + "\r\n";
      exchange.sends("HTTP/1.1 200 OK\r\n" + (has_length ? length : "") + "\r\n");
      sends_rest(exchange.wire(), 0, kLarge);
      if (!has_length) exchange.closes();
    });
    Client one = client();
    one.sends(get("/download"));
    BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
    const PatternCheck check = reads_all(body);
    EXPECT_TRUE(check.intact()) << has_length;
    EXPECT_EQ(check.size(), kLarge) << has_length;
  }
  expect_modest_memory();
}

TEST_F(Backpressure, AServerIsHeldBackByAClientThatDoesNotRead) {
  Event held("the origin can send no more");
  std::uint64_t sent = 0;
  origin.plays([=, &sent](Exchange& exchange) {
    exchange.sends("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
    const std::uint64_t filled = fills(exchange.wire(), kLarge);
    sent = filled;
    held.happens();
    sends_rest(exchange.wire(), filled, kLarge);
  });
  Client one = client({.receive_buffer = kSmallBuffer});
  one.sends(get("/download"));
  held.waits();
  EXPECT_LT(sent, kHeldMax);
  expect_modest_memory();
  BodyReader body(one.wire(), response_framing(one.reads_head(), "GET"));
  const PatternCheck check = reads_all(body);
  EXPECT_TRUE(check.intact());
  EXPECT_EQ(check.size(), kLarge);
  expect_modest_memory();
}

TEST_F(Backpressure, AClientIsHeldBackByAServerThatDoesNotRead) {
  Event go("the origin may read");
  origin.plays([=](Exchange& exchange) {
    go.waits(Deadline(2 * kPatience));
    PatternCheck check;
    for (std::string piece = exchange.reads_piece(); !piece.empty();
         piece = exchange.reads_piece()) {
      check.takes(piece);
    }
    EXPECT_TRUE(check.intact());
    exchange.answers(200, std::to_string(check.size()));
  });
  Client one = client();
  one.sends(post_head("/upload", kLarge));
  const std::uint64_t sent = fills(one.wire(), kLarge);
  EXPECT_LT(sent, kHeldMax);
  expect_modest_memory();
  go.happens();
  sends_rest(one.wire(), sent, kLarge);
  EXPECT_EQ(one.reads_response("POST").body, std::to_string(kLarge));
  expect_modest_memory();
}

TEST_F(Backpressure, PipelinedRequestsBeyondABoundAreHeldBack) {
  Event go("the origin may answer");
  origin.plays([=](Exchange& exchange) {
    go.waits(Deadline(2 * kPatience));
    exchange.answers(200, "");
  });
  Client one = client();
  const std::string request = get("/", "X-Filler: " + std::string(1000, 'x') + "\r\n");
  std::string batch;
  for (int i = 0; i < 60; ++i) batch += request;
  std::uint64_t sent = 0;
  for (std::uint64_t taken = 1; taken > 0 && sent < kLarge; sent += taken) {
    const std::size_t at = sent % batch.size();
    taken = one.wire().sends_some(std::string_view(batch).substr(at), Deadline(kStuckAfter));
  }
  EXPECT_LT(sent, kHeldMax);
  expect_modest_memory();
  one.resets();
  go.happens();
}

}  // namespace
}  // namespace lb::e2e
