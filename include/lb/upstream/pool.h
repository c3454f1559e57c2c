#pragma once

// The idle connections to one server, kept for the next request: the newest is taken first, the
// oldest makes room. It owns them while they are idle; one that shows any byte, its end or an error
// leaves at once.

#include <cstddef>
#include <memory>

#include "lb/base/owning_list.h"
#include "lb/upstream/h1_client.h"

namespace lb::upstream {

class Pool final : public IdleOwner {
 public:
  explicit Pool(std::size_t idle_max) : idle_max_(idle_max) {}

  // The connection used last, or nullptr.
  [[nodiscard]] std::unique_ptr<H1Client> take();
  // Keeps it if that is wanted, it is clean and there is room; else ends it.
  void put(std::unique_ptr<H1Client> client, bool keep = true);
  // Ends the oldest; false if there is none.
  bool evict_oldest();
  void clear();

  [[nodiscard]] std::size_t size() const { return idle_.size(); }

  void on_idle_ended(H1Client& client) override;

 private:
  const std::size_t idle_max_;  // --upstream-keepalive; 0: nothing is kept
  OwningList<H1Client> idle_;
};

}  // namespace lb::upstream
