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
  Lb& starts(const Arguments& options = {}) {
    lb_.reset();
    lb_ = std::make_unique<Lb>(Balancing{.servers = names_of(origin), .options = options});
    return *lb_;
  }
  [[nodiscard]] Lb& balancer() { return lb_ ? *lb_ : starts(); }
  [[nodiscard]] std::uint16_t port() { return balancer().port(); }
  // A new connection to lb, which is started if it was not yet.
  [[nodiscard]] Client client(const ClientOptions& options = {}) { return Client(port(), options); }

  Origin origin;

 private:
  std::unique_ptr<Lb> lb_;  // goes first, so that its exit is judged while the origin lives
};

}  // namespace lb::e2e
