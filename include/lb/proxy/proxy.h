#pragma once

// The service that forwards: makes an Exchange for each request. Holds what exchanges have in
// common, and nothing of any one.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lb/event/reactor.h"
#include "lb/http/stream.h"
#include "lb/proxy/access_log.h"
#include "lb/proxy/clock.h"
#include "lb/proxy/retry.h"
#include "lb/proxy/retry_budget.h"
#include "lb/upstream/upstream.h"

namespace lb::proxy {

// Counted for the log at the end and for tests.
struct Counters {
  std::uint64_t requests = 0;
  std::uint64_t replies = 0;          // answered here: refused, nobody up, no response
  std::uint64_t cut = 0;              // ended before the response was whole
  std::uint64_t repeats = 0;          // sent again, after something had been sent
  std::uint64_t repeats_refused = 0;  // by the budget
  std::uint64_t shortages = 0;        // answered 503 because of a shortage of our own
};

struct ProxyConfig {
  http::ForwardedStyle forwarded = http::ForwardedStyle::kX;
  std::string via;                         // the pseudonym of this process: "lb-1a2b3c4d"
  std::size_t head_bytes_max = 16 * 1024;  // of a request
  RetryRules retries{};
};

struct ProxyContext {
  event::Reactor& reactor;
  upstream::Upstream& upstream;
  Clock& clock;
  http::ForwardingRules rules;
  RetryRules retries{};
  RetryBudget budget{retries.budget_percent, retries.budget_share};
  os::Time refusal_logged_at{};
  os::Time shortage_logged_at{};
  AccessSink* access = nullptr;  // nullptr: no access log
  Counters counters{};
  std::vector<char> scratch;  // for the lines that forwarding adds: valid during one upcall
};

class Proxy final : public http::Service {
 public:
  // `access` may be nullptr.
  Proxy(event::Reactor& reactor, upstream::Upstream& upstream, Clock& clock, AccessSink* access,
        ProxyConfig config);

  [[nodiscard]] std::unique_ptr<http::ServerStreamHandler> open(
      http::ServerStream& stream) override;

  [[nodiscard]] const Counters& counters() const { return context_.counters; }

 private:
  const ProxyConfig config_;
  ProxyContext context_;
};

}  // namespace lb::proxy
