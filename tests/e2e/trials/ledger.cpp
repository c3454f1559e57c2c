#include "tests/e2e/trials/ledger.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/e2e/support/deadline.h"

namespace lb::e2e {

const char* name_of(Ending ending) {
  switch (ending) {
    case Ending::kNone:
      return "untold";
    case Ending::kProcessedThenClosed:
      return "B";
    case Ending::kUnread:
      return "C";
    case Ending::kProcessedThenReset:
      return "D";
    case Ending::kHalfClosed:
      return "E";
    case Ending::kInHand:
      return "in hand";
  }
  return "?";
}

// Memory without a name, so that nothing is left behind. It is all zero, and what is never written
// takes no room.
Ledger::Ledger() {
  Fd file(::memfd_create("ledger", MFD_CLOEXEC));
  if (!file.open() || ::ftruncate(file.number(), sizeof(Book)) != 0) {
    throw Failure(std::string("no ledger: ") + std::strerror(errno));
  }
  opens(std::move(file));
}

Ledger::Ledger(const std::string& path) {
  opens(Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC)));
}

Ledger::~Ledger() {
  ::munmap(book_, sizeof(Book));
}

std::string Ledger::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file_.number());
}

std::size_t Ledger::applied_twice() const {
  std::size_t twice = 0;
  for (RequestId id = 1; id <= last_id() && id < kIdsMax; ++id) {
    if (times_applied(id) > 1) ++twice;
  }
  return twice;
}

void Ledger::opens(Fd file) {
  file_ = std::move(file);
  void* const memory =
      ::mmap(nullptr, sizeof(Book), PROT_READ | PROT_WRITE, MAP_SHARED, file_.number(), 0);
  if (memory == MAP_FAILED) throw Failure(std::string("no ledger: ") + std::strerror(errno));
  book_ = static_cast<Book*>(memory);
}

}  // namespace lb::e2e
