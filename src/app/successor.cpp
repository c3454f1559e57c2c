#include "app/successor.h"

#include <cassert>
#include <cerrno>
#include <utility>

#include "app/takeover.h"
#include "lb/base/log.h"
#include "lb/event/reactor.h"
#include "lb/os/os.h"

namespace lb::app {
namespace {

constexpr os::Interest kRead{.read = true, .write = false};

}  // namespace

bool may_enter(Successor::State from, Successor::State to) {
  using State = Successor::State;
  switch (to) {
    case State::kNone:
      return from == State::kAwaiting;
    case State::kAwaiting:
      return from == State::kNone;
    case State::kDone:
      return from == State::kAwaiting;
  }
  return false;
}

Successor::Successor(event::Reactor& reactor, SuccessorHandler& handler, os::Program program)
    : reactor_(reactor),
      handler_(handler),
      program_(std::move(program)),
      listening_(reactor),
      messages_(reactor),
      limit_(reactor, Callback<>::to<&Successor::on_due>(this)) {}

Successor::~Successor() {
  stop();
}

void Successor::enter(State next) {
  assert(may_enter(state_, next));
  state_ = next;
}

std::expected<void, std::string> Successor::listen(const std::string& path) {
  const int error = path.empty() ? 0 : listen_at(path);
  if (error == 0) return {};
  return std::unexpected("cannot listen on --takeover " + path + ": " + os::error_text(error));
}

int Successor::listen_at(const std::string& path) {
  auto listener = os::listen_for_channels(path);
  if (!listener && listener.error() == EADDRINUSE) {
    const auto left_behind = os::socket_file(path);
    if (!left_behind) return left_behind.error();
    os::remove_socket_file(path, *left_behind);
    listener = os::listen_for_channels(path);
  }
  if (!listener) return listener.error();
  const auto id = os::socket_file(path);
  if (!id) return id.error();
  file_ = SocketFile(path, *id);
  listener_ = std::move(*listener);
  return listening_.open(listener_.get(), kRead,
                         Callback<event::Ready>::to<&Successor::on_connect>(this));
}

// ---- one comes

void Successor::start() {
  if (state_ != State::kNone) {
    log::info("SIGUSR2 ignored: a takeover is under way");
    return;
  }
  auto channel = os::open_channel();
  if (!channel) return log::warning("takeover failed: ", os::error_text(channel.error()));
  const auto process_id = os::start_process(program_, channel->theirs.get());
  if (!process_id) {
    return log::warning("takeover failed: cannot start ", program_.path, ": ",
                        os::error_text(process_id.error()));
  }
  process_id_ = *process_id;
  log::info("started process ", process_id_, " to take over");
  await(std::move(channel->ours));
}

void Successor::on_connect(event::Ready) {
  auto channel = os::accept_channel(listener_.get());
  if (!channel) return;
  const os::Peer peer = os::peer_of(channel->get());
  if (!peer.same_user) {
    return log::warning("takeover refused: process ", peer.process_id, " is of another user");
  }
  if (state_ != State::kNone) return;  // one at a time: the other sees the end of its channel
  log::info("process ", peer.process_id, " is to take over");
  await(std::move(*channel));
}

void Successor::await(os::Fd channel) {
  enter(State::kAwaiting);
  channel_ = std::move(channel);
  limit_.set_after(kReadyMax);
  handler_.on_takeover_begun();
  const SuccessorHandler::Bequest bequest = handler_.bequest();
  int error = os::send_message(channel_.get(), bequest.text, bequest.descriptors);
  if (error == 0) {
    error = messages_.open(channel_.get(), kRead,
                           Callback<event::Ready>::to<&Successor::on_message>(this));
  }
  if (error != 0) fail(os::error_text(error));
}

// ---- it answers, or does not

void Successor::on_message(event::Ready) {
  const auto message = os::receive_message(channel_.get());
  if (!message && message.error() == EAGAIN) return;
  if (message && message->text == kReady) return let_go();
  const bool ended = message && message->text.empty();
  // How one that was started here has ended is told by SIGCHLD; until then the limit runs on.
  if (ended && process_id_ != 0) return drop_channel();
  fail(ended ? "the new process gave up" : "what the new process says makes no sense");
}

void Successor::let_go() {
  const std::uint64_t process_id = os::peer_of(channel_.get()).process_id;
  // Of a pair, that is the process which made it.
  const std::uint64_t next = process_id_ != 0 ? process_id_ : process_id;
  handler_.on_successor_ready(next);
  const std::size_t room = os::kMessageBytesMax - kGo.size() - 1;
  const std::string go = std::string(kGo) + " " + encode(handler_.known_now(), room);
  if (os::send_message(channel_.get(), go) != 0) return fail("the new process is gone");
  enter(State::kDone);
  log::info("process ", next, " has taken over");
  process_id_ = 0;  // no child of this process's any more, as far as it is concerned
  file_.release();
  stop();
  handler_.on_taken_over();
}

void Successor::on_child_ended(const os::EndedProcess& ended) {
  if (ended.process_id != process_id_) return;
  process_id_ = 0;
  if (state_ == State::kAwaiting) fail("the new process " + os::describe_exit(ended.exit));
}

void Successor::on_due() {
  fail("the new process was not ready within 10s");
}

void Successor::fail(const std::string& why) {
  log::warning("takeover failed: ", why, "; this process serves on");
  drop_channel();
  limit_.cancel();
  if (process_id_ != 0) os::kill_process(std::exchange(process_id_, 0));
  enter(State::kNone);
  handler_.on_takeover_failed();
}

void Successor::drop_channel() {
  messages_.close();
  channel_.reset();
}

void Successor::stop() {
  file_ = {};
  listening_.close();
  listener_.reset();
  drop_channel();
  limit_.cancel();
  if (process_id_ != 0) os::kill_process(std::exchange(process_id_, 0));
}

}  // namespace lb::app
