// What the product relies on, of os/os.h: the same tests are built twice, on Linux and on the fake
// kernel, so that both must agree.

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>

#include "lb/os/channel.h"
#include "lb/os/process.h"
#include "tests/sim/kernel_under_test.h"

namespace lb::sim {
namespace {

using namespace std::chrono_literals;

struct Pair {
  os::Fd client;
  os::Fd server;
};

class Kernels : public testing::TestWithParam<os::Family> {
 protected:
  void SetUp() override {
    poller_ = std::move(*os::open_poller());
    where_ = kernel_.free_address(GetParam());
  }

  [[nodiscard]] bool is_tcp() const { return GetParam() != os::Family::kUnix; }

  os::Fd listen() {
    os::Fd listener = std::move(*os::listen(where_, 16));
    if (is_tcp()) where_.ip.port = os::local_port(listener.get());
    return listener;
  }

  // Waits until this descriptor has what is asked for, or a hang-up; it is not watched after it.
  os::Event await(const os::Fd& fd, os::Interest interest) {
    EXPECT_EQ(os::poller_add(poller_.get(), fd.get(), interest, 7), 0);
    std::array<os::Event, 4> events;
    std::size_t count = 0;
    while (count == 0) count = os::wait(poller_.get(), events, true);
    os::poller_remove(poller_.get(), fd.get());
    EXPECT_EQ(count, 1U);
    EXPECT_EQ(events[0].token, 7U);
    return events[0];
  }

  // What it shows now, whatever comes later.
  os::Event look(const os::Fd& fd, os::Interest interest) {
    EXPECT_EQ(os::poller_add(poller_.get(), fd.get(), interest, 7), 0);
    std::array<os::Event, 4> events;
    const std::size_t count = os::wait(poller_.get(), events, false);
    os::poller_remove(poller_.get(), fd.get());
    return count > 0 ? events[0] : os::Event{};
  }

  os::Event readable(const os::Fd& fd) { return await(fd, {.read = true, .write = false}); }

  os::Fd connect() {
    os::Fd client = std::move(*os::open_stream(GetParam()));
    const int error = os::connect(client.get(), where_);
    if (error != 0) {
      EXPECT_EQ(error, EINPROGRESS);
      EXPECT_TRUE(await(client, {.read = false, .write = true}).writable);
    }
    EXPECT_EQ(os::socket_error(client.get()), 0);
    return client;
  }

  Pair connected() {
    const os::Fd listener = listen();
    os::Fd client = connect();
    EXPECT_TRUE(readable(listener).readable);
    os::Accepted accepted = os::accept(listener.get());
    EXPECT_EQ(accepted.error, 0);
    if (is_tcp()) {
      EXPECT_EQ(accepted.peer.octets, where_.ip.octets);
    }
    return {std::move(client), std::move(accepted.fd)};
  }

  static os::IoResult send(const os::Fd& fd, std::string_view bytes) {
    return os::send(fd.get(), bytes);
  }

  static os::IoResult receive(const os::Fd& fd) {
    std::array<char, 64 * 1024> into;
    return os::receive(fd.get(), into);
  }

  std::string receive_text(const os::Fd& fd) {
    readable(fd);
    std::array<char, 256> into;
    const os::IoResult got = os::receive(fd.get(), into);
    return {into.data(), got.bytes};
  }

  std::size_t fill(const os::Fd& fd) {
    const std::string block(64 * 1024, 'x');
    std::size_t sent = 0;
    while (true) {
      const os::IoResult put = send(fd, block);
      sent += put.bytes;
      if (put.error == 0) continue;
      EXPECT_TRUE(put.would_block());
      return sent;
    }
  }

  KernelUnderTest kernel_;
  os::Fd poller_;
  os::Address where_;
};

TEST_P(Kernels, CarryBytesBothWays) {
  const Pair pair = connected();
  EXPECT_TRUE(receive(pair.server).would_block());
  EXPECT_EQ(send(pair.client, "there").bytes, 5U);
  EXPECT_EQ(receive_text(pair.server), "there");
  const std::array<std::string_view, 2> slices = {"and ", "back"};
  EXPECT_EQ(os::send_slices(pair.server.get(), slices).bytes, 8U);
  EXPECT_EQ(receive_text(pair.client), "and back");
}

TEST_P(Kernels, RefuseWhereNobodyListens) {
  if (!is_tcp()) {
    const os::Fd client = std::move(*os::open_stream(GetParam()));
    EXPECT_EQ(os::connect(client.get(), where_), ENOENT);
    listen();  // and gone: its name stays
    EXPECT_EQ(os::connect(client.get(), where_), ECONNREFUSED);
    return;
  }
  listen();
  const os::Fd client = std::move(*os::open_stream(GetParam()));
  int error = os::connect(client.get(), where_);
  if (error == EINPROGRESS) {
    const os::Event event = await(client, {.read = false, .write = true});
    EXPECT_TRUE(event.writable && event.hangup);
    error = os::socket_error(client.get());
  }
  EXPECT_EQ(error, ECONNREFUSED);
  EXPECT_EQ(os::socket_error(client.get()), 0);
}

TEST_P(Kernels, KeepAHalfOpenAfterAFin) {
  const Pair pair = connected();
  EXPECT_EQ(send(pair.client, "last").bytes, 4U);
  EXPECT_EQ(os::shut_write(pair.client.get()), 0);
  EXPECT_EQ(receive_text(pair.server), "last");
  const os::Event event = readable(pair.server);
  EXPECT_TRUE(event.readable);
  EXPECT_FALSE(event.hangup);
  EXPECT_EQ(receive(pair.server).bytes, 0U);
  EXPECT_EQ(receive(pair.server).error, 0);
  EXPECT_EQ(send(pair.server, "answer").bytes, 6U);
  EXPECT_EQ(receive_text(pair.client), "answer");
  EXPECT_EQ(send(pair.client, "more").error, EPIPE);
}

TEST_P(Kernels, HangUpUnaskedWhenBothHalvesAreShut) {
  const Pair pair = connected();
  EXPECT_EQ(os::shut_write(pair.client.get()), 0);
  EXPECT_EQ(os::shut_write(pair.server.get()), 0);
  EXPECT_TRUE(await(pair.server, {}).hangup);
  EXPECT_TRUE(await(pair.client, {}).hangup);
  EXPECT_EQ(receive(pair.client).bytes, 0U);
  EXPECT_EQ(os::socket_error(pair.client.get()), 0);
}

TEST_P(Kernels, ResetWhoeverSentWhatIsNotRead) {
  Pair pair = connected();
  EXPECT_EQ(send(pair.client, "unread").bytes, 6U);
  EXPECT_TRUE(readable(pair.server).readable);
  pair.server.reset();
  EXPECT_TRUE(await(pair.client, {}).hangup);
  EXPECT_EQ(receive(pair.client).error, ECONNRESET);
  EXPECT_EQ(receive(pair.client).error, 0);
  EXPECT_EQ(send(pair.client, "more").error, EPIPE);
}

TEST_P(Kernels, GiveWhatCameBeforeAReset) {
  if (!is_tcp()) return;
  Pair pair = connected();
  EXPECT_EQ(send(pair.server, "before").bytes, 6U);
  EXPECT_TRUE(readable(pair.client).readable);
  os::abort_on_close(pair.server.get());
  pair.server.reset();
  EXPECT_TRUE(await(pair.client, {}).hangup);
  EXPECT_EQ(receive_text(pair.client), "before");
  EXPECT_EQ(receive(pair.client).error, ECONNRESET);
}

TEST_P(Kernels, TellOfAResetOnceAndThenOfTheEnd) {
  if (!is_tcp()) return;
  Pair pair = connected();
  os::abort_on_close(pair.server.get());
  pair.server.reset();
  EXPECT_TRUE(await(pair.client, {}).hangup);
  EXPECT_EQ(send(pair.client, "x").error, ECONNRESET);
  EXPECT_EQ(send(pair.client, "x").error, EPIPE);
  EXPECT_EQ(receive(pair.client).error, 0);  // which looks like an end in order
}

TEST_P(Kernels, ResetWhoeverSendsToAClosedSocket) {
  Pair pair = connected();
  pair.server.reset();
  EXPECT_TRUE(readable(pair.client).readable);
  if (!is_tcp()) {
    EXPECT_EQ(send(pair.client, "late").error, EPIPE);
    return;
  }
  EXPECT_EQ(send(pair.client, "late").bytes, 4U);
  EXPECT_TRUE(await(pair.client, {}).hangup);
  EXPECT_EQ(receive(pair.client).error, 0);  // the FIN came first
  EXPECT_EQ(send(pair.client, "late").error, EPIPE);
}

TEST_P(Kernels, BlockWhenNobodyReadsAndGoOnWhenSomebodyDoes) {
  const Pair pair = connected();
  const std::size_t sent = fill(pair.client);
  EXPECT_GT(sent, 0U);
  EXPECT_FALSE(look(pair.client, {.read = false, .write = true}).writable);
  std::size_t got = 0;
  while (got < sent) {
    readable(pair.server);
    got += receive(pair.server).bytes;
  }
  EXPECT_EQ(got, sent);
  EXPECT_TRUE(await(pair.client, {.read = false, .write = true}).writable);
}

TEST_P(Kernels, CountWhatWasNotAcknowledged) {
  const Pair pair = connected();
  EXPECT_EQ(os::unacknowledged_bytes(pair.client.get()), 0U);
  const std::size_t sent = fill(pair.client);
  EXPECT_GT(os::unacknowledged_bytes(pair.client.get()), 0U);
  std::size_t got = 0;
  while (got < sent) {
    readable(pair.server);
    got += receive(pair.server).bytes;
  }
  // The last acknowledgement may take its time.
  while (os::unacknowledged_bytes(pair.client.get()) > 0) {
  }
}

TEST_P(Kernels, TellHowMuchThePeerHasAcknowledged) {
  const Pair pair = connected();
  if (!is_tcp()) {
    EXPECT_FALSE(os::tcp_state(pair.client.get()));
    return;
  }
  EXPECT_EQ(os::tcp_state(pair.client.get())->bytes_acknowledged, 1U);
  EXPECT_EQ(send(pair.client, "12345").bytes, 5U);
  EXPECT_TRUE(readable(pair.server).readable);
  while (os::unacknowledged_bytes(pair.client.get()) > 0) {
  }
  EXPECT_EQ(os::tcp_state(pair.client.get())->bytes_acknowledged, 6U);
}

// What proves that a request was never seen: it met a socket that had been closed in order.
TEST_P(Kernels, AcknowledgeNothingThatIsSentToAClosedSocket) {
  Pair pair = connected();
  if (!is_tcp()) return;
  EXPECT_EQ(send(pair.client, "12345").bytes, 5U);
  EXPECT_TRUE(readable(pair.server).readable);
  EXPECT_EQ(receive(pair.server).bytes, 5U);
  pair.server.reset();
  EXPECT_TRUE(readable(pair.client).readable);
  EXPECT_EQ(send(pair.client, "late").bytes, 4U);
  EXPECT_TRUE(await(pair.client, {}).hangup);
  EXPECT_EQ(receive(pair.client).error, 0);
  EXPECT_EQ(os::socket_error(pair.client.get()), EPIPE);
  EXPECT_EQ(os::tcp_state(pair.client.get())->bytes_acknowledged, 6U);
}

TEST_P(Kernels, PassBytesThroughAPipe) {
  if (!is_tcp()) return;
  const Pair from = connected();
  const Pair to = connected();
  const os::PipeEnds pipe = std::move(*os::open_pipe(64 * 1024));
  EXPECT_TRUE(os::splice(from.server.get(), pipe.in.get(), 100).would_block());
  EXPECT_EQ(send(from.client, "0123456789").bytes, 10U);
  EXPECT_TRUE(readable(from.server).readable);
  EXPECT_EQ(os::splice(from.server.get(), pipe.in.get(), 4).bytes, 4U);
  EXPECT_EQ(os::splice(from.server.get(), pipe.in.get(), 100).bytes, 6U);
  EXPECT_EQ(os::splice(pipe.out.get(), to.client.get(), 3).bytes, 3U);
  EXPECT_EQ(os::splice(pipe.out.get(), to.client.get(), 100).bytes, 7U);
  EXPECT_TRUE(os::splice(pipe.out.get(), to.client.get(), 100).would_block());
  EXPECT_TRUE(readable(to.server).readable);
  EXPECT_EQ(receive_text(to.server), "0123456789");
  EXPECT_EQ(os::shut_write(from.client.get()), 0);
  EXPECT_TRUE(readable(from.server).readable);
  const os::IoResult end = os::splice(from.server.get(), pipe.in.get(), 100);
  EXPECT_EQ(end.error, 0);
  EXPECT_EQ(end.bytes, 0U);
}

TEST_P(Kernels, PassNoMoreThroughAPipeThanTheSocketTakes) {
  if (!is_tcp()) return;
  const Pair from = connected();
  const Pair to = connected();
  fill(to.client);
  const os::PipeEnds pipe = std::move(*os::open_pipe(64 * 1024));
  EXPECT_EQ(send(from.client, "more").bytes, 4U);
  EXPECT_TRUE(readable(from.server).readable);
  EXPECT_EQ(os::splice(from.server.get(), pipe.in.get(), 100).bytes, 4U);
  fill(to.client);  // what had been on its way has arrived
  EXPECT_TRUE(os::splice(pipe.out.get(), to.client.get(), 100).would_block());
  EXPECT_EQ(os::splice(from.client.get(), to.client.get(), 100).error, EINVAL);
}

TEST_P(Kernels, EndWhoWaitsInABacklogThatGoes) {
  os::Fd listener = listen();
  const os::Fd client = connect();
  EXPECT_TRUE(readable(listener).readable);
  listener.reset();
  EXPECT_TRUE(await(client, {}).hangup);
  EXPECT_EQ(receive(client).error, ECONNRESET);
}

TEST_P(Kernels, AcceptNobodyWhenNobodyWaits) {
  const os::Fd listener = listen();
  EXPECT_EQ(os::accept(listener.get()).error, EAGAIN);
}

TEST_P(Kernels, ListenOnceOnAnAddress) {
  const os::Fd listener = listen();
  EXPECT_EQ(os::listen(where_, 16).error(), EADDRINUSE);
}

TEST_P(Kernels, KeepTheFileOfAUnixSocketUntilItIsRemoved) {
  if (is_tcp()) return;
  EXPECT_EQ(os::socket_file(where_.unix_path).error(), ENOENT);
  listen();  // and gone: its file stays
  const auto id = os::socket_file(where_.unix_path);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(os::listen(where_, 16).error(), EADDRINUSE);
  EXPECT_EQ(os::remove_socket_file(where_.unix_path, {id->device, id->inode + 1}), ENOENT);
  EXPECT_EQ(os::remove_socket_file(where_.unix_path, *id), 0);
  EXPECT_EQ(os::remove_socket_file(where_.unix_path, *id), ENOENT);
  EXPECT_TRUE(os::listen(where_, 16).has_value());
}

TEST_P(Kernels, TellTheFileOfOneListenerFromThatOfTheNext) {
  if (is_tcp()) return;
  const os::Fd first = listen();
  const auto id = os::socket_file(where_.unix_path);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(os::remove_socket_file(where_.unix_path, *id), 0);
  const os::Fd second = listen();
  EXPECT_NE(os::socket_file(where_.unix_path), id);
  EXPECT_EQ(os::remove_socket_file(where_.unix_path, *id), ENOENT);
  const os::Fd client = connect();
  EXPECT_EQ(os::accept(first.get()).error, EAGAIN);
  EXPECT_EQ(os::accept(second.get()).error, 0);
}

TEST_P(Kernels, DoNotTakeAFileForASocket) {
  if (is_tcp()) return;
  {
    const os::Fd file = std::move(*os::open_append(where_.unix_path));
  }
  EXPECT_EQ(os::socket_file(where_.unix_path).error(), ENOTSOCK);
  EXPECT_EQ(os::remove_socket_file(where_.unix_path, {}), ENOTSOCK);
  EXPECT_EQ(os::listen(where_, 16).error(), EADDRINUSE);
}

TEST_P(Kernels, TellOfAResetBeforeWhatCameBeforeItIfAsked) {
  if (!is_tcp()) return;
  os::Fd listener = listen();
  os::Fd client = connect();
  EXPECT_EQ(send(client, "before").bytes, 6U);
  os::abort_on_close(client.get());
  client.reset();
  EXPECT_TRUE(readable(listener).readable);
  const os::Accepted accepted = os::accept(listener.get());
  EXPECT_TRUE(await(accepted.fd, {}).hangup);
  EXPECT_EQ(os::socket_error(accepted.fd.get()), ECONNRESET);
  EXPECT_EQ(os::socket_error(accepted.fd.get()), 0);
  EXPECT_EQ(receive_text(accepted.fd), "before");
  EXPECT_EQ(receive(accepted.fd).error, 0);
}

TEST_P(Kernels, ShutOnlyWhatIsConnected) {
  const os::Fd socket = std::move(*os::open_stream(GetParam()));
  EXPECT_EQ(os::shut_write(socket.get()), is_tcp() ? ENOTCONN : 0);
}

TEST_P(Kernels, ReuseTheLowestNumberAndForgetTheOldWatch) {
  Pair pair = connected();
  EXPECT_EQ(send(pair.client, "x").bytes, 1U);
  EXPECT_EQ(os::poller_add(poller_.get(), pair.server.get(), {.read = true, .write = false}, 1), 0);
  const os::Fd lowest_until_now = std::move(*os::open_timer());
  const int number = pair.server.get();
  pair.server.reset();
  const os::Fd next = std::move(*os::open_timer());
  EXPECT_EQ(next.get(), number);
  std::array<os::Event, 4> events;
  EXPECT_EQ(os::wait(poller_.get(), events, false), 0U);
}

TEST_P(Kernels, ShowAPollerAsReadableWhileSomethingIsReadyInIt) {
  constexpr os::Interest kRead{.read = true, .write = false};
  const Pair pair = connected();
  const os::Fd inner = std::move(*os::open_poller());
  ASSERT_EQ(os::poller_add(inner.get(), pair.server.get(), kRead, 1), 0);
  EXPECT_FALSE(look(inner, kRead).readable);
  EXPECT_EQ(send(pair.client, "x").bytes, 1U);
  EXPECT_TRUE(readable(inner).readable);
  std::array<os::Event, 4> events;
  ASSERT_EQ(os::wait(inner.get(), events, false), 1U);
  EXPECT_EQ(events[0].token, 1U);
  EXPECT_TRUE(readable(inner).readable) << "what was not acted on";
  EXPECT_EQ(receive(pair.server).bytes, 1U);
  EXPECT_FALSE(look(inner, kRead).readable);
}

TEST_P(Kernels, TellAgainWhatWasNotActedOn) {
  const Pair pair = connected();
  EXPECT_EQ(send(pair.client, "x").bytes, 1U);
  EXPECT_TRUE(readable(pair.server).readable);
  EXPECT_TRUE(readable(pair.server).readable);
  EXPECT_FALSE(look(pair.server, {}).readable);
}

INSTANTIATE_TEST_SUITE_P(Sockets, Kernels, testing::Values(os::Family::kIpv4, os::Family::kUnix),
                         [](const auto& family) {
                           return family.param == os::Family::kUnix ? "Unix" : "Tcp";
                         });

class KernelTimers : public Kernels {};

TEST_P(KernelTimers, AreReadableFromTheirTimeOnUntilDrained) {
  const os::Fd timer = std::move(*os::open_timer());
  const os::Interest read{.read = true, .write = false};
  EXPECT_FALSE(look(timer, read).readable);
  const os::Time due = os::now() + 5ms;
  os::arm_timer(timer.get(), due);
  EXPECT_TRUE(readable(timer).readable);
  EXPECT_GE(os::now(), due);
  EXPECT_TRUE(readable(timer).readable);
  os::drain_timer(timer.get());
  EXPECT_FALSE(look(timer, read).readable);
}

TEST_P(KernelTimers, ArmedForThePastAreDueNowAndArmedAnewAreNot) {
  const os::Fd timer = std::move(*os::open_timer());
  os::arm_timer(timer.get(), os::now() - 1s);
  EXPECT_TRUE(readable(timer).readable);
  os::arm_timer(timer.get(), os::now() + 1h);
  EXPECT_FALSE(look(timer, {.read = true, .write = false}).readable);
}

TEST_P(KernelTimers, SignalsComeOnceEachAndTheLowestFirst) {
  const std::array signals = {os::kSignalTerminate, os::kSignalHangup};
  const os::Fd fd = std::move(*os::open_signals(signals));
  EXPECT_EQ(os::read_signal(fd.get()), std::nullopt);
  kernel_.raise(os::kSignalTerminate);
  kernel_.raise(os::kSignalTerminate);
  kernel_.raise(os::kSignalHangup);
  EXPECT_TRUE(readable(fd).readable);
  EXPECT_EQ(os::read_signal(fd.get()), os::kSignalHangup);
  EXPECT_EQ(os::read_signal(fd.get()), os::kSignalTerminate);
  EXPECT_EQ(os::read_signal(fd.get()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Once, KernelTimers, testing::Values(os::Family::kIpv4));

// Between processes, or within one, which is the same to a kernel.
class KernelChannels : public Kernels {
 protected:
  [[nodiscard]] std::string path() { return kernel_.free_address(os::Family::kUnix).unix_path; }
  os::ChannelEnds ends() { return std::move(*os::open_channel()); }
};

TEST_P(KernelChannels, CarryMessagesWholeAndInOrder) {
  const os::ChannelEnds channel = ends();
  EXPECT_EQ(os::receive_message(channel.ours.get()).error(), EAGAIN);
  EXPECT_EQ(os::send_message(channel.theirs.get(), "first"), 0);
  EXPECT_EQ(os::send_message(channel.theirs.get(), "second"), 0);
  EXPECT_TRUE(readable(channel.ours).readable);
  EXPECT_EQ(os::receive_message(channel.ours.get())->text, "first");
  EXPECT_TRUE(os::wait_for_message(channel.ours.get(), 1h));
  EXPECT_EQ(os::receive_message(channel.ours.get())->text, "second");
  EXPECT_FALSE(os::wait_for_message(channel.ours.get(), 1ms));
}

TEST_P(KernelChannels, HandOverAListenerWithItsBacklog) {
  const os::ChannelEnds channel = ends();
  os::Fd before = listen();
  const os::Fd client = connect();
  EXPECT_EQ(os::send_message(channel.ours.get(), "all", std::array{before.get()}), 0);
  before.reset();
  auto message = os::receive_message(channel.theirs.get());
  ASSERT_TRUE(message && message->descriptors.size() == 1);
  const auto after = os::adopt_listener(std::move(message->descriptors[0]));
  ASSERT_TRUE(after);
  EXPECT_TRUE(readable(*after).readable);
  const os::Accepted accepted = os::accept(after->get());
  EXPECT_EQ(accepted.error, 0);
  EXPECT_EQ(os::send(client.get(), std::string_view("hello")).bytes, 5U);
  EXPECT_TRUE(readable(accepted.fd).readable);
}

TEST_P(KernelChannels, CloseWhatIsInAMessageThatNobodyReads) {
  os::ChannelEnds channel = ends();
  os::Fd listener = listen();
  EXPECT_EQ(os::send_message(channel.ours.get(), "all", std::array{listener.get()}), 0);
  listener.reset();
  EXPECT_EQ(os::listen(where_, 16).error(), EADDRINUSE);
  channel.theirs.reset();
  EXPECT_TRUE(os::listen(where_, 16));
}

TEST_P(KernelChannels, ShowTheEndAfterTheLastMessage) {
  os::ChannelEnds channel = ends();
  EXPECT_EQ(os::send_message(channel.theirs.get(), "last"), 0);
  channel.theirs.reset();
  EXPECT_TRUE(readable(channel.ours).readable);
  EXPECT_EQ(os::receive_message(channel.ours.get())->text, "last");
  EXPECT_EQ(os::receive_message(channel.ours.get())->text, "");
  EXPECT_EQ(os::send_message(channel.ours.get(), "late"), EPIPE);
}

TEST_P(KernelChannels, ShowTheEndFirstIfSomethingWasNotRead) {
  os::ChannelEnds channel = ends();
  EXPECT_EQ(os::send_message(channel.ours.get(), "unread"), 0);
  EXPECT_EQ(os::send_message(channel.theirs.get(), "last"), 0);
  channel.theirs.reset();
  EXPECT_EQ(os::receive_message(channel.ours.get())->text, "");
  EXPECT_EQ(os::receive_message(channel.ours.get())->text, "last");
}

TEST_P(KernelChannels, AreReachedByThePathOfOneThatListens) {
  EXPECT_EQ(os::connect_channel(path()).error(), ENOENT);
  auto listener = os::listen_for_channels(path());
  ASSERT_TRUE(listener);
  EXPECT_EQ(os::accept_channel(listener->get()).error(), EAGAIN);
  EXPECT_EQ(os::listen_for_channels(path()).error(), EADDRINUSE);
  const auto client = os::connect_channel(path());
  ASSERT_TRUE(client);
  EXPECT_TRUE(readable(*listener).readable);
  const auto server = os::accept_channel(listener->get());
  ASSERT_TRUE(server);
  EXPECT_EQ(os::send_message(server->get(), "hello"), 0);
  EXPECT_EQ(os::receive_message(client->get())->text, "hello");
  EXPECT_EQ(os::peer_of(client->get()).process_id, os::process_id());
  listener->reset();
  EXPECT_EQ(os::connect_channel(path()).error(), ECONNREFUSED);
}

INSTANTIATE_TEST_SUITE_P(Once, KernelChannels, testing::Values(os::Family::kIpv4));

}  // namespace
}  // namespace lb::sim
