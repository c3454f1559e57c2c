#pragma once

// What became of POSTs that failed, as far as the servers know.

#include <array>
#include <cstddef>
#include <string>

#include "tests/e2e/trials/ledger.h"
#include "tests/e2e/trials/tally.h"

namespace lb::e2e {

class Losses {
 public:
  Losses(const Ledger& ledger, const Tally& tally);

  // No server knows that it ended the connection of the request: it was sent to one that was closed
  // already (case A), or came in the moment between the last look of its server and the close.
  [[nodiscard]] std::size_t untold() const { return untold_; }
  // Applied by a server that knows of no reason why its answer should have been lost.
  [[nodiscard]] std::size_t applied_and_untold() const { return applied_and_untold_; }
  // ", 3 case B" and so on.
  [[nodiscard]] std::string text() const;

 private:
  std::array<std::size_t, kEndings> told_{};
  std::size_t untold_ = 0;
  std::size_t applied_and_untold_ = 0;
};

}  // namespace lb::e2e
