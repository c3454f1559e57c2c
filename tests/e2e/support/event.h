#pragma once

// Something that happens once, and that other threads wait for. A handle: scripts of an origin take
// a copy, because they may outlive the test that made it by a moment.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tests/e2e/support/deadline.h"

namespace lb::e2e {

class Event {
 public:
  explicit Event(std::string name) : state_(std::make_shared<State>()) {
    state_->name = std::move(name);
  }

  void happens() const {
    const std::scoped_lock lock(state_->mutex);
    state_->happened = true;
    state_->changed.notify_all();
  }
  [[nodiscard]] bool has_happened() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->happened;
  }
  void waits(Deadline deadline = {}) const {
    std::unique_lock lock(state_->mutex);
    if (!state_->changed.wait_until(lock, deadline.at(), [this] { return state_->happened; })) {
      throw Failure("never happened: " + state_->name);
    }
  }

 private:
  struct State {
    std::string name;
    std::mutex mutex;
    std::condition_variable changed;
    bool happened = false;
  };

  std::shared_ptr<State> state_;
};

}  // namespace lb::e2e
