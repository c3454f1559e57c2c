#include "tests/e2e/trials/load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tests/e2e/support/address.h"

namespace lb::e2e {
namespace {

constexpr int kEventsMax = 64;
constexpr std::chrono::milliseconds kLooksEvery{5};

std::string request_of(Verb verb, RequestId id, bool old) {
  std::string text = verb == Verb::kPost ? "POST " : "GET ";
  text.append(kTrialPath)
      .append(std::to_string(id))
      .append(old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  text.append("Host: trial.test\r\n");
  if (verb == Verb::kGet) return text + "\r\n";
  const std::string_view form = form_of(id);
  text.append("Content-Length: ").append(std::to_string(form.size())).append("\r\n\r\n");
  return text.append(form);
}

}  // namespace

Load::Load(const LoadPlan& plan, Ledger& ledger)
    : plan_(plan),
      ledger_(ledger),
      clients_(static_cast<std::size_t>(plan.clients)),
      here_(clients_.size()),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      dice_(plan.seed),
      scratch_(64 * 1024, ' '),
      thread_([this] { runs(); }) {}

void Load::waits_for_answers(std::uint64_t count, Deadline deadline) const {
  const std::uint64_t enough = answered_ + count;
  waits_until("answers to a load", [&] { return answered_ >= enough; }, deadline);
}

std::chrono::milliseconds Load::age() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_at_);
}

const Tally& Load::waits_for_end() {
  if (thread_.joinable()) thread_.join();
  return tally_;
}

void Load::runs() {
  try {
    for (Client& client : clients_) asks(client);
    while (waiting_ > 0 || may_ask()) turns();
  } catch (const Failure& failure) {
    ++tally_.hung;
    tally_.complains(failure.what());
  }
  for (Client& client : clients_) drops(client);
}

void Load::turns() {
  std::array<epoll_event, kEventsMax> events{};
  const int count = ::epoll_wait(poll_.number(), events.data(), kEventsMax,
                                 static_cast<int>(kLooksEvery.count()));
  for (int i = 0; i < count; ++i) {
    Client& client = clients_[events[static_cast<std::size_t>(i)].data.u32];
    if (client.fd.open()) reads(client);
  }
  if (Clock::now() - looked_at_ >= kLooksEvery) looks_around();
}

// What no event tells: hung requests, and clients whose pause is over.
void Load::looks_around() {
  looked_at_ = Clock::now();
  for (Client& client : clients_) {
    if (client.id == 0) {
      if (client.asks_at <= looked_at_) asks(client);
    } else if (looked_at_ - client.asked_at >= plan_.patience) {
      ++tally_.hung;
      tally_.complains("request " + std::to_string(client.id) + " hung");
      drops(client);
      ends_request(client);
    }
  }
}

bool Load::may_ask() const {
  return !stopping_ && here_ > 0 && (plan_.requests_max == 0 || asked_ < plan_.requests_max);
}

void Load::asks(Client& client) {
  if (client.left || !may_ask()) return;
  if (!client.fd.open() && !connects(client)) return;
  std::uniform_int_distribution<int> percent(0, 99);
  client.verb = percent(dice_) < plan_.post_percent ? Verb::kPost : Verb::kGet;
  client.id = ledger_.next_id();
  client.asked_at = Clock::now();
  ++asked_;
  ++waiting_;
  const std::string request = request_of(client.verb, client.id, plan_.old);
  // What cannot be sent shows in what is received.
  ::send(client.fd.number(), request.data(), request.size(), MSG_NOSIGNAL);
  if (percent(dice_) < plan_.abort_percent) aborts(client);
}

// It asks again when others are looked at, so that this ends.
void Load::aborts(Client& client) {
  ++tally_.aborted;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(client.fd.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  drops(client);
  client.id = 0;
  --waiting_;
  client.asks_at = Clock::now() + plan_.pause;
}

bool Load::connects(Client& client) {
  const SocketAddress address = ip_address("127.0.0.1", plan_.port);
  client.fd = new_socket(address);
  if (::connect(client.fd.number(), address.get(), address.size) != 0) {
    ++tally_.refused;
    tally_.complains(std::string("connect: ") + std::strerror(errno));
    drops(client);
    if (plan_.stays_away) leaves(client);
    client.asks_at = Clock::now() + kLooksEvery;
    return false;
  }
  const int on = 1;
  ::setsockopt(client.fd.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = static_cast<std::uint32_t>(&client - clients_.data());
  ::epoll_ctl(poll_.number(), EPOLL_CTL_ADD, client.fd.number(), &event);
  return true;
}

void Load::reads(Client& client) {
  const ssize_t size = ::recv(client.fd.number(), scratch_.data(), scratch_.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return on_end(client, size < 0 ? errno : 0);
  client.in.append(scratch_.data(), static_cast<std::size_t>(size));
  takes(client);
}

void Load::takes(Client& client) {
  const TrialResponse response = read_trial_response(client.in);
  if (response.state == TrialResponse::State::kMalformed || client.id == 0) {
    ++tally_.mixed_up;
    tally_.complains("unexpected: " + client.in.substr(0, 200));
    drops(client);
    if (client.id != 0) ends_request(client);
    return;
  }
  if (response.state != TrialResponse::State::kWhole) return;
  judges(client, response);
  client.in.erase(0, response.bytes);
  if (response.closes) {
    if (plan_.stays_away) leaves(client);
    drops(client);
  }
  ends_request(client);
}

// A whole one.
void Load::judges(const Client& client, const TrialResponse& response) {
  if (response.status != 200) return fails(client, response.status, response.body);
  if (response.id != client.id || response.body != answer_of(client.id)) {
    ++tally_.mixed_up;
    tally_.complains("request " + std::to_string(client.id) + " got the answer to " +
                     std::to_string(response.id) + ": " + response.body);
    return;
  }
  const auto now = Clock::now();
  ++tally_.answered[static_cast<std::size_t>(client.verb)];
  ++answered_;
  tally_.latencies_us.push_back(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now - client.asked_at).count()));
  tally_.ended_ms.push_back(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now - began_at_).count()));
}

void Load::ends_request(Client& client) {
  client.id = 0;
  --waiting_;
  client.asks_at = Clock::now() + plan_.pause;
  if (plan_.pause.count() == 0) asks(client);
}

void Load::fails(const Client& client, int status, const std::string& why) {
  ++tally_.failed[static_cast<std::size_t>(client.verb)];
  ++tally_.statuses[status];
  if (client.verb == Verb::kPost) tally_.failed_posts.push_back(client.id);
  tally_.complains((client.verb == Verb::kPost ? "POST " : "GET ") + std::to_string(client.id) +
                   " failed after " +
                   milliseconds_text(std::chrono::duration_cast<std::chrono::microseconds>(
                       Clock::now() - client.asked_at)) +
                   ": " + why);
}

void Load::on_end(Client& client, int error) {
  const TrialResponse response = read_trial_response(client.in);
  const std::uint16_t port = port_of(client.fd);
  drops(client);
  if (client.id == 0) return;
  const bool is_whole = response.state == TrialResponse::State::kUntilClose && error == 0;
  if (!is_whole) tally_.lost_at.push_back(port);
  if (is_whole) {
    judges(client, response);
  } else if (response.state != TrialResponse::State::kNoHead) {
    ++tally_.cut;
  } else {
    fails(client, 0, error == 0 ? "the connection was closed" : std::strerror(error));
  }
  ends_request(client);
}

void Load::leaves(Client& client) {
  client.left = true;
  --here_;
}

void Load::drops(Client& client) {
  client.fd.close();
  client.in.clear();
}

}  // namespace lb::e2e
