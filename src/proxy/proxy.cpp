#include "lb/proxy/proxy.h"

#include "lb/proxy/exchange.h"

namespace lb::proxy {
namespace {

// A host from the head may be written three times: Host, X-Forwarded-Host, Forwarded.
std::size_t scratch_bytes(std::size_t head_bytes_max) {
  return head_bytes_max * 3 + 4096;
}

}  // namespace

Proxy::Proxy(event::Reactor& reactor, upstream::Upstream& upstream, Clock& clock,
             AccessSink* access, ProxyConfig config)
    : config_(std::move(config)),
      context_{.reactor = reactor,
               .upstream = upstream,
               .clock = clock,
               .rules = {.forwarded = config_.forwarded, .via = config_.via},
               .retries = config_.retries,
               .budget = RetryBudget(config_.retries.budget_percent, config_.retries.budget_share),
               .access = access,
               .scratch = std::vector<char>(scratch_bytes(config_.head_bytes_max))} {}

std::unique_ptr<http::ServerStreamHandler> Proxy::open(http::ServerStream& stream) {
  ++context_.counters.requests;
  context_.budget.earn();
  return std::make_unique<Exchange>(context_, stream);
}

}  // namespace lb::proxy
