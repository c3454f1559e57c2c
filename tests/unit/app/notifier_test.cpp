#include "app/notifier.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "lb/os/process.h"
#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::app {
namespace {

using Texts = std::vector<std::string>;

// The other end: the socket of the service manager.
class ANotifier : public testing::Test {
 protected:
  ANotifier() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (!socket_.is_open()) throw std::runtime_error("socket");
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }
  ~ANotifier() override { std::filesystem::remove(path_); }

  [[nodiscard]] Texts heard() const {
    Texts texts;
    std::array<char, 4096> datagram{};
    for (;;) {
      const ssize_t size = ::recv(socket_.get(), datagram.data(), datagram.size(), 0);
      if (size < 0) return texts;
      texts.emplace_back(datagram.data(), static_cast<std::size_t>(size));
    }
  }
  // Until it takes no more.
  void fill() const {
    while (os::send_datagram(path_, "x") == 0) continue;
  }

  event::Reactor reactor_;
  const std::string path_ = test::unix_address("notifier").unix_path;

 private:
  os::Fd socket_;
};

TEST_F(ANotifier, TellsNothingWhereNobodyWantsToKnow) {
  Notifier notifier(reactor_, {});
  notifier.ready();
  notifier.status("1/1 servers up");
  notifier.stopping();
  EXPECT_EQ(heard(), Texts{});
  EXPECT_EQ(reactor_.timers(), 0U);
}

TEST_F(ANotifier, TellsEachThingOnce) {
  Notifier notifier(reactor_, {.notify_path = path_});
  notifier.ready();
  notifier.status("0/1 servers up");
  notifier.stopping();
  EXPECT_EQ(heard(), (Texts{"READY=1\n", "STATUS=0/1 servers up\n", "STOPPING=1\n"}));
}

TEST_F(ANotifier, TellsAgainWhatTheManagerCouldNotTake) {
  Notifier notifier(reactor_, {.notify_path = path_});
  fill();
  notifier.ready();
  notifier.status("0/1 servers up");
  notifier.status("1/1 servers up");
  EXPECT_FALSE(heard().empty());  // room again
  Texts texts;
  ASSERT_TRUE(test::run_until(reactor_, [&] {
    texts = heard();
    return !texts.empty();
  }));
  EXPECT_EQ(texts, Texts{"READY=1\nSTATUS=1/1 servers up\n"}) << "the last status";
}

TEST_F(ANotifier, GivesUpOnAManagerThatIsGone) {
  Notifier notifier(reactor_, {.notify_path = path_ + ".gone"});
  notifier.ready();
  EXPECT_EQ(reactor_.timers(), 0U);
}

TEST_F(ANotifier, GivesSignsOfLifeUntilItIsStopped) {
  constexpr auto kPeriod = std::chrono::milliseconds(40);
  Notifier notifier(reactor_, {.notify_path = path_, .watchdog = kPeriod});
  notifier.ready();
  EXPECT_EQ(heard(), (Texts{"READY=1\n", "WATCHDOG=1\n"}));
  for (int i = 0; i < 3; ++i) {
    const os::Time begin = reactor_.now();
    Texts texts;
    ASSERT_TRUE(test::run_until(reactor_, [&] {
      texts = heard();
      return !texts.empty();
    }));
    EXPECT_EQ(texts, Texts{"WATCHDOG=1\n"});
    EXPECT_GE(reactor_.now() - begin, kPeriod / 2 - std::chrono::milliseconds(5));
  }
  notifier.stop();
  test::run_for(reactor_, kPeriod);
  EXPECT_EQ(heard(), Texts{});
}

}  // namespace
}  // namespace lb::app
