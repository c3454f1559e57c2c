#include "app/worker.h"

#include <cassert>
#include <cerrno>
#include <utility>

#include "app/takeover.h"
#include "lb/base/log.h"
#include "lb/event/reactor.h"
#include "lb/os/channel.h"

namespace lb::app {

bool may_enter(Worker::State from, Worker::State to) {
  using State = Worker::State;
  switch (to) {
    case State::kEnded:
      return from != State::kEnded;
    case State::kStarting:
      return from == State::kEnded;
    case State::kReady:
      return from == State::kStarting;
    case State::kServing:
      return from == State::kReady;
  }
  return false;
}

Worker::Worker(event::Reactor& reactor, WorkerHandler& handler, std::uint16_t index)
    : reactor_(reactor),
      handler_(handler),
      index_(index),
      messages_(reactor),
      limit_(reactor, Callback<>::to<&Worker::on_due>(this)),
      again_(reactor, Callback<>::to<&Worker::on_tell_again>(this)) {}

Worker::~Worker() {
  kill();
}

void Worker::enter(State next) {
  assert(may_enter(state_, next));
  state_ = next;
}

int Worker::start(const os::Program& program, std::string_view handover,
                  std::span<const int> descriptors) {
  auto channel = os::open_channel();
  if (!channel) return channel.error();
  int error = os::send_message(channel->ours.get(), handover, descriptors);
  if (error != 0) return error;
  os::Program own = program;
  own.environment.push_back(std::string(kWorkerVariable) + "=" + std::to_string(index_ + 1));
  const auto process_id = os::start_process(own, channel->theirs.get());
  if (!process_id) return process_id.error();
  enter(State::kStarting);
  process_id_ = *process_id;
  started_at_ = reactor_.now();
  channel_ = std::move(channel->ours);
  limit_.set_after(kReadyMax);
  return messages_.open(channel_.get(), {.read = true, .write = false},
                        Callback<event::Ready>::to<&Worker::on_message>(this));
}

void Worker::go() {
  enter(State::kServing);
  limit_.cancel();
  tell(kGo);
}

void Worker::tell_health(std::string text) {
  if (state_ != State::kServing || !channel_.is_open()) return;
  health_ = std::move(text);
  on_tell_again();
}

void Worker::on_tell_again() {
  again_.cancel();
  if (health_.empty()) return;  // an empty message would look like the end of the channel
  const int error = os::send_message(channel_.get(), health_);
  if (error == EAGAIN) return again_.set_after(kTellAgain);
  health_.clear();
}

void Worker::tell(std::string_view text) {
  if (state_ != State::kServing) return kill();
  const int error = channel_.is_open() ? os::send_message(channel_.get(), text) : EPIPE;
  if (error == 0) return;
  if (text == kCut) return kill();  // who drains already takes a signal for the first one
  os::end_process(process_id_);
}

void Worker::on_message(event::Ready) {
  const auto message = os::receive_message(channel_.get());
  if (!message) return;
  if (message->text.empty()) return drop_channel();  // its end is told by SIGCHLD
  if (message->text != kReady) return handler_.on_worker_said(*this, message->text);
  enter(State::kReady);
  handler_.on_worker_ready(*this);
}

void Worker::on_due() {
  log::warning("worker ", index_ + 1, " (process ", process_id_, ") was not ready within 10s");
  kill();
}

void Worker::kill() {
  if (process_id_ != 0) os::kill_process(process_id_);
}

void Worker::on_ended() {
  enter(State::kEnded);
  short_lives_ = reactor_.now() - started_at_ < kLifeMin ? short_lives_ + 1 : 0;
  process_id_ = 0;
  health_.clear();
  limit_.cancel();
  drop_channel();
}

os::Time Worker::may_start_at() const {
  return short_lives_ > 1 ? started_at_ + kLifeMin : started_at_;
}

void Worker::drop_channel() {
  again_.cancel();
  messages_.close();
  channel_.reset();
}

}  // namespace lb::app
