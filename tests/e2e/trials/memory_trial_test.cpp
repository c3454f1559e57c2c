// Trial 8: what many connections, slow readers and stuck uploads hold of memory.

#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "tests/e2e/support/address.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kMiB = 1024 * 1024;

class Memory : public Trial {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitized build has other figures";
    if (raise_descriptor_limit() < by_size<std::size_t>(3000, 20'000)) {
      GTEST_SKIP() << "too few descriptors are allowed here";
    }
  }

  [[nodiscard]] std::size_t rss() { return balancer().process().rss_bytes(); }
  // What it needs for a few requests is not what they cost.
  void warms_up() {
    const auto load = loads({.clients = 16, .requests_max = 2000});
    EXPECT_TRUE(load->waits_for_end().is_spotless());
  }
  [[nodiscard]] Fd connects(int receive_buffer) {
    const SocketAddress address = ip_address("127.0.0.1", balancer().port());
    Fd fd = new_socket(address);
    ::setsockopt(fd.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (::connect(fd.number(), address.get(), address.size) != 0) throw Failure("connect");
    return fd;
  }
  // The most that it held until it did not change any more.
  [[nodiscard]] std::size_t rss_at_rest() {
    std::size_t last = 0;
    int same = 0;
    waits_until("memory is at rest", [&] {
      const std::size_t now = rss();
      same = now == last ? same + 1 : 0;
      last = now;
      return same == 50;
    });
    return balancer().process().peak_rss_bytes();
  }
  // Records and small blocks for the next connections, and code that ran for the first time.
  static constexpr std::size_t kKept = 2 * kMiB;
  // When they are gone who held it.
  [[nodiscard]] std::size_t rss_given_back_to(std::size_t base) {
    const Deadline deadline;
    while (rss() > base + kKept && !deadline.passed()) watches_for(milliseconds{20});
    return rss();
  }
  void judges(const std::string& name, std::size_t base, std::size_t peak, std::size_t allowed) {
    const std::size_t left = rss_given_back_to(base);
    EXPECT_LE(peak, base + allowed * connections_ / 200 + by_size(kMiB, std::size_t{0}));
    EXPECT_LE(left, base + kKept);
    figure(8, connections_, ' ', name, ": RSS ", base / 1024, " KiB, then ", peak / 1024,
           " KiB, then ", left / 1024, " KiB");
  }

  std::size_t connections_ = by_size<std::size_t>(20, 200);
};

TEST_F(Memory, OfKeepAliveConnections) {
  starts_backends(3);
  // More than half of the descriptors, which is what lb takes by itself: most of them rest.
  starts(is_full_trial() ? Arguments{"--max-connections", "12000"} : Arguments{});
  const std::size_t count = by_size<std::size_t>(1000, 10'000);
  warms_up();
  const std::size_t before = rss();
  const auto load =
      loads({.clients = static_cast<int>(count), .pause = milliseconds(by_size(200, 2000))});
  load->waits_for_answers(3 * count, Deadline(4 * kPatience));
  const std::size_t after = rss();
  const Tally& tally = load->ends();
  EXPECT_TRUE(tally.is_spotless());
  const std::size_t each = (after - std::min(before, after)) / count;
  EXPECT_LT(each, 4096U);
  figure(8, count, " keep-alive connections: ", each, " bytes of RSS each; ", tally.text());
}

TEST_F(Memory, OfSlowReaders) {
  const std::string large = "--body-bytes=" + std::to_string(64 * kMiB);
  starts_backends(1, {{large}});
  starts();
  warms_up();
  const std::size_t base = rss();
  std::vector<Fd> readers;
  for (std::size_t i = 0; i < connections_; ++i) {
    readers.push_back(connects(4096));
    const std::string request = "GET " + std::string(kTrialPath) +
                                std::to_string(ledger.next_id()) +
                                "/large HTTP/1.1\r\nHost: reader.test\r\n\r\n";
    ::send(readers.back().number(), request.data(), request.size(), MSG_NOSIGNAL);
  }
  waits_until("all have asked", [&] { return ledger.requests(0) >= 2000 + connections_; });
  const std::size_t peak = rss_at_rest();
  readers.clear();
  judges("slow readers of 64 MiB", base, peak, 16 * kMiB);
}

TEST_F(Memory, OfUploadsToAStalledServer) {
  starts_backends(1, {{"--mode=never-reads", "--mode-from-signal=1"}});
  starts();
  warms_up();
  backends[0]->begins_mode();
  const std::size_t base = rss();
  const std::string block(64 * 1024, 'x');
  std::vector<Fd> uploads;
  for (std::size_t i = 0; i < connections_; ++i) {
    uploads.push_back(connects(65'536));
    const std::string head = "POST " + std::string(kTrialPath) + std::to_string(ledger.next_id()) +
                             " HTTP/1.1\r\nHost: upload.test\r\nContent-Length: 67108864\r\n\r\n";
    ::send(uploads.back().number(), head.data(), head.size(), MSG_NOSIGNAL);
  }
  // Each sends as long as somebody takes it.
  std::size_t sent = 0;
  int rounds_without = 0;
  waits_until("the uploads are stuck", [&] {
    const std::size_t before = sent;
    for (const Fd& upload : uploads) {
      const ssize_t size =
          ::send(upload.number(), block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (size > 0) sent += static_cast<std::size_t>(size);
    }
    rounds_without = sent == before ? rounds_without + 1 : 0;
    return rounds_without == 50;
  });
  const std::size_t peak = rss_at_rest();
  EXPECT_LT(sent, connections_ * 64 * kMiB);
  // In a way that shows behind all that lb has not read.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  for (const Fd& upload : uploads) {
    ::setsockopt(upload.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  uploads.clear();
  judges("uploads to a stalled server", base, peak, 8 * kMiB);
}

}  // namespace
}  // namespace lb::e2e
