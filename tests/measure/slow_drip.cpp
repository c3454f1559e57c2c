// What a client costs that sends a head of 16 KiB octet by octet, beside as many plain receives of
// one octet: CPU time of the receiving thread, both measured in this process and in the same way.
// Once as it is: a second thread sends each octet when the one before has been taken, and the
// receiver sleeps until it comes. And once without sleeping, where each octet is there before it is
// received: then waking up, which costs most, makes nothing look cheap.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lb/downstream/h1_server.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb {
namespace {

constexpr std::size_t kHeadBytes = 16 * 1024;
constexpr int kRounds = 9;

std::string head_text() {
  const std::string begin = "GET / HTTP/1.1\r\nHost: h\r\nX-Drip: ";
  return begin + std::string(kHeadBytes - begin.size() - 4, 'x') + "\r\n\r\n";
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void fail_unless(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::exit(1);
}

// Each octet that the far end sends goes at once.
test::Pair dripping_pair() {
  test::Pair pair = test::connected_pair();
  const int on = 1;
  fail_unless(::setsockopt(pair.far.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0,
              "nodelay");
  return pair;
}

// Sends, and waits until the other end's kernel has nothing left of it.
void drip(test::Peer& from, int to, const std::string& text) {
  for (const char c : text) {
    from.sends({&c, 1});
    for (int waiting = 1; waiting > 0;) {
      fail_unless(::ioctl(to, FIONREAD, &waiting) == 0, "FIONREAD");
      ::sched_yield();
    }
  }
}

// CPU time of `receive(near)`, which takes all of the text, while it drips in.
double cost_asleep(const std::string& text, const std::function<void(os::Fd)>& receive) {
  test::Pair pair = dripping_pair();
  const int near = ::dup(pair.near.get());  // lives on when the receiver has closed its own
  fail_unless(near >= 0, "dup");
  std::thread sender([&] { drip(pair.far, near, text); });
  const double before = cpu_seconds();
  receive(std::move(pair.near));
  const double cost = cpu_seconds() - before;
  sender.join();
  ::close(near);
  return cost;
}

// CPU time of `receive()`, which takes one octet, over all of the text.
double cost_awake(const std::string& text, test::Peer& far, int near,
                  const std::function<void()>& receive) {
  double cost = 0;
  double clock_cost = 0;
  for (const char c : text) {
    far.sends({&c, 1});
    fail_unless(test::wait_until_readable(near), "poll");
    const double idle = cpu_seconds();
    const double before = cpu_seconds();
    receive();
    cost += cpu_seconds() - before;
    clock_cost += before - idle;
  }
  return cost - clock_cost;
}

void receive_octet(int near) {
  char octet = 0;
  fail_unless(::recv(near, &octet, 1, 0) == 1, "recv");
}

void receive_plainly(os::Fd near) {
  const int flags = ::fcntl(near.get(), F_GETFL);
  fail_unless(::fcntl(near.get(), F_SETFL, flags & ~O_NONBLOCK) == 0, "fcntl");
  for (std::size_t i = 0; i < kHeadBytes; ++i) receive_octet(near.get());
}

// Ends the run when the head is whole.
class Service final : public http::Service, public http::ServerStreamHandler {
 public:
  explicit Service(event::Reactor& reactor) : reactor_(reactor) {}

  [[nodiscard]] std::unique_ptr<http::ServerStreamHandler> open(http::ServerStream&) override {
    return std::make_unique<Service>(reactor_);
  }
  void on_request(http::RequestHead&, const http::Piece&, const http::Peer&) override {
    reactor_.stop();
  }
  void on_refused(const http::Refusal& refusal, const http::Peer&) override {
    std::fprintf(stderr, "refused: %s\n", std::string(refusal.reason).c_str());
    std::exit(1);
  }
  void on_request_body(const http::Piece&) override {}
  void on_response_drained() override {}
  void on_response_sent() override {}
  void on_client_failed(const Error&) override {}

 private:
  event::Reactor& reactor_;
};

// Owns the server, whose end it need not hear of.
class Receiver {
 public:
  ~Receiver() { server_.cut(); }

  void start(os::Fd near) { fail_unless(server_.start(std::move(near)) == 0, "start"); }
  void take_all(os::Fd near) {
    start(std::move(near));
    reactor_.run();
  }
  void take_one() {
    stopper_.after_this_turn();
    reactor_.run();
  }

 private:
  void on_closed(downstream::H1Server&) {}

  event::Reactor reactor_;
  test::Stopper stopper_{reactor_};
  Service service_{reactor_};
  downstream::H1ServerContext context_{
      .reactor = reactor_,
      .service = service_,
      .limits = {.head = {.head_bytes_max = kHeadBytes}},
      .on_closed = Callback<downstream::H1Server&>::to<&Receiver::on_closed>(this)};
  downstream::H1Server server_{context_, test::loopback(5000).ip};
};

double head_awake(const std::string& text) {
  test::Pair pair = dripping_pair();
  const int near = pair.near.get();
  Receiver receiver;
  receiver.start(std::move(pair.near));
  return cost_awake(text, pair.far, near, [&] { receiver.take_one(); });
}

double plain_awake(const std::string& text) {
  test::Pair pair = dripping_pair();
  const int near = pair.near.get();
  return cost_awake(text, pair.far, near, [near] { receive_octet(near); });
}

double head_asleep(const std::string& text) {
  Receiver receiver;
  return cost_asleep(text, [&](os::Fd near) { receiver.take_all(std::move(near)); });
}

double plain_asleep(const std::string& text) {
  return cost_asleep(text, receive_plainly);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

using Measured = double (*)(const std::string&);

void compare(const char* name, Measured plain, Measured head) {
  const std::string text = head_text();
  std::vector<double> plains;
  std::vector<double> heads;
  for (int i = 0; i < kRounds; ++i) {
    plains.push_back(plain(text));
    heads.push_back(head(text));
  }
  std::printf("%s  plain receives %7.2f ms  as a head %7.2f ms  ratio %5.2f\n", name,
              median(plains) * 1e3, median(heads) * 1e3, median(heads) / median(plains));
}

}  // namespace
}  // namespace lb

int main() {
  std::printf("%zu octets one by one, medians of %d rounds\n", lb::kHeadBytes, lb::kRounds);
  lb::compare("asleep between", lb::plain_asleep, lb::head_asleep);
  lb::compare("never asleep  ", lb::plain_awake, lb::head_awake);
}
