// Trial 7: more clients than there are descriptors for.

#include <sys/socket.h>

#include <string>

#include "tests/e2e/support/address.h"
#include "tests/e2e/trials/trial.h"

namespace lb::e2e {
namespace {

using std::chrono::milliseconds;

// Clients that connect, ask once, and stay.
class Crowd {
 public:
  Crowd(std::uint16_t port, std::size_t size, Ledger& ledger) {
    const SocketAddress address = ip_address("127.0.0.1", port);
    for (std::size_t i = 0; i < size; ++i) {
      Fd fd = new_socket(address);
      if (::connect(fd.number(), address.get(), address.size) != 0) {
        throw Failure("one of the crowd cannot connect");
      }
      const std::string request = "GET " + std::string(kTrialPath) +
                                  std::to_string(ledger.next_id()) +
                                  " HTTP/1.1\r\nHost: crowd.test\r\n\r\n";
      ::send(fd.number(), request.data(), request.size(), MSG_NOSIGNAL);
      clients_.push_back(std::move(fd));
    }
  }

  [[nodiscard]] std::size_t answered() const {
    std::size_t count = 0;
    for (const Fd& client : clients_) {
      char octet = 0;
      if (::recv(client.number(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0) ++count;
    }
    return count;
  }
  [[nodiscard]] bool is_whole() const {
    for (const Fd& client : clients_) {
      char octet = 0;
      if (::recv(client.number(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0) return false;
    }
    return true;
  }
  void leaves() { clients_.clear(); }

 private:
  std::vector<Fd> clients_;
};

struct Limit {
  const char* name;  // of the test
  std::uint64_t descriptors;
  const char* connections;  // --max-connections; with as many as that, descriptors run out

  friend std::ostream& operator<<(std::ostream& out, const Limit& limit) {
    return out << limit.descriptors << " with --max-connections " << limit.connections;
  }
};

class Crowds : public Trial, public testing::WithParamInterface<Limit> {};

TEST_P(Crowds, WaitAtNoCostAndServiceComesBackAtOnce) {
  if (kSanitized) GTEST_SKIP() << "a sanitized build needs descriptors of its own";
  if (raise_descriptor_limit() < 2000) GTEST_SKIP() << "too few descriptors are allowed here";
  starts_backends(2);
  Surroundings few;
  few.descriptors_hard_max = GetParam().descriptors;
  // Idle clients would otherwise make room after 75 s, and a check costs a little too.
  starts({"--health-interval", "10m", "--max-connections", GetParam().connections}, few);
  Crowd crowd(balancer().port(), 1000, ledger);
  std::size_t answered = 0;
  waits_until("as many of the crowd are answered as there is room for", [&] {
    const std::size_t before = std::exchange(answered, crowd.answered());
    return answered > 0 && answered == before;
  });
  const auto cpu_before = balancer().process().cpu_time();
  const Stopwatch watch;
  goes_on_for(milliseconds(by_size(1000, 5000)));
  const auto cpu = balancer().process().cpu_time() - cpu_before;
  const auto span = std::chrono::ceil<milliseconds>(watch.reads());
  EXPECT_LE(cpu, span / 20);
  EXPECT_TRUE(crowd.is_whole()) << "somebody was sent away";
  crowd.leaves();
  const auto load = loads({.clients = 16, .requests_max = 500});
  const Tally& tally = load->waits_for_end();
  EXPECT_TRUE(tally.is_spotless());
  EXPECT_EQ(tally.refused, 0U);
  EXPECT_EQ(tally.answered_in_all(), 500U);
  EXPECT_LE(tally.percentile(1), bound_of_time(milliseconds{500}));
  figure(7, "ulimit -n ", GetParam(), ": ", answered, " of 1000 answered, CPU ", cpu.count(),
         " ms in ", span.count(), " ms while exhausted; afterwards ", tally.text());
}

INSTANTIATE_TEST_SUITE_P(UnderEachLimit, Crowds,
                         testing::Values(Limit{"Of128", 128, "auto"}, Limit{"Of256", 256, "auto"},
                                         Limit{"Of128AndNoOther", 128, "5000"},
                                         Limit{"Of256AndNoOther", 256, "5000"}),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace lb::e2e
