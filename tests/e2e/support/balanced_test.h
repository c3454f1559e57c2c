#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/event.h"
#include "tests/e2e/support/lb.h"
#include "tests/e2e/support/origin.h"
#include "tests/e2e/support/parallel.h"
#include "tests/e2e/support/pattern.h"

namespace lb::e2e {

// One origin behind the balancer: what most tests of proxying need. The checks of its health come
// so rarely that none disturbs.
class Balanced : public testing::Test {
 protected:
  // Starts lb with these options and waits until the origin is up. The one before it is gone then.
  Lb& starts(const Arguments& options = {}, const Surroundings& surroundings = {}) {
    return starts_with(names_of(origin), options, surroundings);
  }
  // The same before other servers.
  Lb& starts_with(const std::vector<std::string>& servers, const Arguments& options = {},
                  const Surroundings& surroundings = {}) {
    Balancing balancing{.servers = servers, .options = always};
    balancing.options.insert(balancing.options.end(), options.begin(), options.end());
    lb_.reset();
    lb_ = std::make_unique<Lb>(balancing, surroundings);
    has_started(*lb_);
    return *lb_;
  }
  void ends() { lb_.reset(); }
  [[nodiscard]] Lb& balancer() { return lb_ ? *lb_ : starts(); }
  [[nodiscard]] std::uint16_t port() { return balancer().port(); }
  // A new connection to lb, which is started if it was not yet.
  [[nodiscard]] Client client(const ClientOptions& options = {}) { return Client(port(), options); }

  Origin origin;
  Arguments always;  // before the options of each start
  // An answer that waits until it is let go.
  Event let_go{"the answer is let go"};
  Script when_let_go = [event = let_go](Exchange& exchange) {
    event.waits(Deadline(2 * kPatience));
    exchange.answers(200, "finished");
  };

 private:
  virtual void has_started(Lb&) {}

  std::unique_ptr<Lb> lb_;  // goes first, so that its exit is judged while the origin lives
};

}  // namespace lb::e2e
