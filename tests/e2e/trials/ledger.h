#pragma once

// What the backends of a trial did with each request. It lies in memory that all their processes
// share, so it knows what one of them did that was killed since, and "applied twice" is seen across
// processes.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/e2e/support/fd.h"
#include "tests/e2e/trials/content.h"

namespace lb::e2e {

// How a backend ended the connection of a request without an answer, as far as it can know. One
// case it never sees: A, a request that meets a connection which was closed in order before.
enum class Ending : std::uint8_t {
  kNone,
  kProcessedThenClosed,  // B
  kUnread,               // C: it lay in the kernel when the connection was closed
  kProcessedThenReset,   // D
  kHalfClosed,           // E: processed behind a half-close
  kInHand,               // the process ended while it worked on it
};
inline constexpr std::size_t kEndings = 6;
[[nodiscard]] const char* name_of(Ending ending);

class Ledger {
 public:
  static constexpr RequestId kIdsMax = 1U << 27U;
  static constexpr std::size_t kBackendsMax = 16;

  Ledger();                                  // an empty one
  explicit Ledger(const std::string& path);  // the one of another process
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  // Where another process finds it, as long as this one lives.
  [[nodiscard]] std::string path() const;

  // Ids count from 1.
  [[nodiscard]] RequestId next_id() { return ++book_->last_id; }
  [[nodiscard]] RequestId last_id() const { return book_->last_id; }

  void applies(RequestId id) { ++book_->applied[id % kIdsMax]; }
  [[nodiscard]] int times_applied(RequestId id) const { return book_->applied[id % kIdsMax]; }
  // How many were applied more than once.
  [[nodiscard]] std::size_t applied_twice() const;

  void ends(RequestId id, Ending ending) { book_->endings[id % kIdsMax] = ending; }
  [[nodiscard]] Ending ending_of(RequestId id) const { return book_->endings[id % kIdsMax]; }

  // Requests and checks that reached a backend; whatever it did wrong on purpose; requests that
  // came to it malformed.
  void counts_request(std::size_t backend) { ++book_->requests[backend]; }
  void counts_check(std::size_t backend) { ++book_->checks[backend]; }
  void counts_misdeed() { ++book_->misdeeds; }
  void counts_malformed() { ++book_->malformed; }
  [[nodiscard]] std::uint64_t requests(std::size_t backend) const {
    return book_->requests[backend];
  }
  [[nodiscard]] std::uint64_t checks(std::size_t backend) const { return book_->checks[backend]; }
  [[nodiscard]] std::uint64_t misdeeds() const { return book_->misdeeds; }
  [[nodiscard]] std::uint64_t malformed() const { return book_->malformed; }

 private:
  struct Book {
    std::atomic<RequestId> last_id;
    std::atomic<std::uint64_t> misdeeds;
    std::atomic<std::uint64_t> malformed;
    std::array<std::atomic<std::uint64_t>, kBackendsMax> requests;
    std::array<std::atomic<std::uint64_t>, kBackendsMax> checks;
    std::array<std::atomic<std::uint8_t>, kIdsMax> applied;
    std::array<std::atomic<Ending>, kIdsMax> endings;
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  void opens(Fd file);

  Fd file_;
  Book* book_ = nullptr;
};

}  // namespace lb::e2e
