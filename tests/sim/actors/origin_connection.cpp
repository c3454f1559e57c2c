#include "tests/sim/actors/origin_connection.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>
#include <vector>

namespace lb::sim {
namespace {

constexpr std::size_t kReadBytesMax = 64 * 1024;

}  // namespace

MessageId request_in(std::string_view bytes) {
  constexpr std::string_view kTarget = " /r/";
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const std::size_t at = line.find(kTarget);
  if (at == std::string_view::npos || bytes.find("\r\n\r\n") == std::string_view::npos) return 0;
  MessageId id = 0;
  std::from_chars(line.data() + at + kTarget.size(), line.data() + line.size(), id);
  return id;
}

OriginConnection::OriginConnection(World& world, Origin& origin, Socket& socket)
    : world_(world), origin_(origin), socket_(&socket) {
  socket.on_change([this] { on_change(); });
  on_change();
}

void OriginConnection::on_change() {
  if (origin_.stopped()) return;
  write();
  if (socket_ != nullptr) read();
}

void OriginConnection::crash() {
  if (socket_ == nullptr) return;
  socket_->reset();
  over();
}

void OriginConnection::vanish() {
  if (socket_ == nullptr) return;
  world_.expect_release(*socket_, origin_.name());
  socket_->vanish();
  over();
}

void OriginConnection::go_on() {
  if (socket_ == nullptr) return;
  if (answer_due_) begin_answer();
  if (socket_ != nullptr) on_change();
}

void OriginConnection::close() {
  if (socket_ == nullptr) return;
  socket_->close();
  over();
}

void OriginConnection::over() {
  const Socket& asking = *socket_->peer();
  socket_ = nullptr;
  ++serial_;
  if (plan_ == nullptr) return;
  const Duration waited = world_.now() - asked_at_;
  if (hangs_ && reader_ && reader_->done() && waited * 10 > world_.settings.server_timeout * 9) {
    origin_.bench(asking.holder())
        .on_timed_out(asking, world_.now(), kUnderstood + world_.kernel.faults().latency_max * 4);
  }
}

// ---- requests

void OriginConnection::read() {
  if (read_planned_ || origin_.stopped() || ends_over_unread()) return;
  const Pace pace = plan_ != nullptr ? plan_->reading : Pace{};
  std::vector<char> buffer(pace.piece > 0 ? pace.piece : kReadBytesMax);
  while (socket_ != nullptr) {
    // What comes behind a request that is being answered waits.
    if (answering_ && reader_ && reader_->done()) return;
    const os::IoResult got = socket_->receive(buffer);
    if (got.error == EAGAIN) return;
    if (got.error != 0) return close();
    if (got.bytes == 0) return on_eof();
    take({buffer.data(), got.bytes});
    if (pace.gap <= Duration::zero()) continue;
    read_planned_ = true;
    world_.kernel.agenda.after(pace.gap, [this] {
      read_planned_ = false;
      if (socket_ != nullptr) read();
    });
    return;
  }
}

void OriginConnection::on_eof() {
  if (!tunnels_) return close();
  tunnel_ended_ = true;
  if (out_.empty() && answering_) close();  // else when the other direction has ended, too
}

void OriginConnection::take(std::string_view bytes) {
  while (!bytes.empty() && socket_ != nullptr) {
    if (reader_ && reader_->done()) {
      return world_.breach("requests come one at a time",
                           origin_.name() + " got " + Trace::excerpt(bytes) +
                               " before it had answered the last one");
    }
    if (!reader_) {
      reader_.emplace(MessageReader::Kind::kRequest);
      request_from_ = socket_->read_total() - bytes.size();
      ++serial_;
    }
    const bool had_head = reader_->head_done();
    bytes.remove_prefix(reader_->feed(bytes));
    if (tunnels_) take_tunnel();
    if (reader_->broken()) {
      return world_.breach("well-formed requests", origin_.name() + " got a malformed request");
    }
    if (!had_head && reader_->head_done()) take_head();
    if (socket_ != nullptr && reader_ && reader_->done()) take_request();
  }
}

bool OriginConnection::is_health_check() const {
  return reader_->start_line().starts_with("GET /health-check ");
}

void OriginConnection::take_head() {
  check_connection();
  if (is_health_check()) return;
  if (surplus_) {  // no answer of this connection can be told from another any more
    world_.kernel.injuries().add(world_.now(), kUnderstood + world_.kernel.faults().latency_max * 4,
                                 "an origin ended a connection after its surplus");
    return crash();
  }
  const MessageId id = reader_->id();
  const std::string target = " /r/" + std::to_string(id) + " HTTP/1.1";
  if (!world_.knows(id) || reader_->start_line() != std::string(world_.plan(id).method) + target) {
    return world_.breach("exact requests",
                         origin_.name() + " was asked " + std::string(reader_->start_line()));
  }
  plan_ = &world_.plan(id);
  Record& record = world_.record(id);
  record.origin = origin_.index();
  if (plan_->request_flaw != Flaw::kNone && !is_in_body(plan_->request_flaw)) {
    return world_.breach("nothing malformed is forwarded",
                         origin_.name() + " was asked " + std::to_string(id));
  }
  ++record.heads;
  if (requests_ > 1) ++record.reused;
  check_repeat(record);
  const Socket* asking = socket_->peer();
  // Picked when it was sent, or, if a connection had to be opened for it, before that.
  const os::Time sent_at = asking->mark_at(request_from_).at;
  const os::Time picked_at = requests_ == 1 ? asking->opened_at() : sent_at;
  origin_.took_request(id, *asking, picked_at);
  hangs_ = origin_.lies();
  asked_at_ = world_.now();
  check_client(id, record);
  if (hangs_ || ends_instead_of_answering(reader_->done())) return;
  if (plan_->early && !reader_->done()) answer();
}

// A client that resets in the backlog while accepting rests has nothing asked for it. One that does
// so while the product is not run for a moment may have.
void OriginConnection::check_client(MessageId id, const Record& record) {
  const Socket* client = record.connection != nullptr ? record.connection->peer() : nullptr;
  const Duration moment = world_.kernel.faults().stall_max * 2 + std::chrono::milliseconds(1);
  if (client != nullptr && client->dead_on_accept() > moment) {
    world_.breach("nothing is asked for a client that had gone before it was accepted",
                  origin_.name() + " was asked " + std::to_string(id));
  }
}

// What this origin reads counts as applied.
void OriginConnection::check_repeat(const Record& record) {
  const std::string what = std::string(plan_->method) + " " + std::to_string(plan_->id);
  if (record.heads > 1 && !plan_->idempotent() && !record.defied_proof) {
    world_.breach("nothing unsafe is repeated", "the " + what + " came twice");
  }
  // One repeat is free, if its connection had been used before.
  const auto free = std::min<std::int64_t>(record.reused, 1);
  if (record.heads > 1 + world_.settings.retries + free) {
    world_.breach("repeats are bounded", "the " + what + " came " + std::to_string(record.heads) +
                                             " times, " + std::to_string(free) + " for free");
  }
}

// Whether the product could know, when it sent this request, that the connection was free and
// sound.
void OriginConnection::check_connection() {
  if (++requests_ == 1) return;
  const Socket::Mark asked = socket_->peer()->mark_at(request_from_);
  // Once surplus has followed a response, whatever comes may be taken for the wrong one; but not at
  // once, if it was seen.
  const bool unclean = surplus_ ? asked.read_before > clean_end_ && requests_ == surplus_after_ + 1
                                : asked.read_before != clean_end_;
  if (unclean) {
    world_.breach("a connection is clean when it is used again",
                  origin_.name() + " got " + std::string(reader_->start_line()) +
                      " from a product that had read " + std::to_string(asked.read_before) +
                      " bytes, and the last response ended at " + std::to_string(clean_end_));
  }
  if (said_close_) {
    world_.breach("a connection is clean when it is used again",
                  origin_.name() + " had said that it would close");
  }
}

void OriginConnection::take_request() {
  if (is_health_check()) return answer_health();
  Record& record = world_.record(plan_->id);
  ++record.wholes;
  if (plan_->request_flaw != Flaw::kNone) {
    return world_.breach("nothing malformed is forwarded",
                         origin_.name() + " got all of " + std::to_string(plan_->id));
  }
  if (!reader_->body_matches() || reader_->body_bytes() != plan_->request_bytes) {
    world_.breach("exact bodies", "the body of request " + std::to_string(plan_->id) +
                                      " came with " + std::to_string(reader_->body_bytes()) +
                                      " of " + std::to_string(plan_->request_bytes) +
                                      " bytes, or others");
  }
  if (hangs_ || ends_instead_of_answering(true)) return;
  if (answered_) return await_next();
  if (plan_->switches()) {
    tunnels_ = true;
    reader_->become_tunnel();
  }
  if (!answering_) answer();
}

void OriginConnection::take_tunnel() {
  Record& record = world_.record(plan_->id);
  record.tunnel_bytes = reader_->body_bytes();
  if (!reader_->body_matches() || record.tunnel_bytes > plan_->tunnel_bytes) {
    world_.breach("exact bodies", "what came through the tunnel of " + std::to_string(plan_->id) +
                                      " is wrong near byte " + std::to_string(record.tunnel_bytes));
  }
}

void OriginConnection::answer_health() {
  const HealthMode mode = origin_.health();
  if (mode == HealthMode::kSilent) return;
  const bool well = mode == HealthMode::kWell;
  const std::string_view text = well ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                     : "HTTP/1.1 503 Sick\r\nContent-Length: 4\r\n\r\nsick";
  static_cast<void>(socket_->send(text));
  const Duration way = world_.kernel.faults().latency_max * 2 + world_.kernel.faults().stall_max;
  if (well) {
    origin_.told_well(asking_process());
  } else {
    origin_.told_sick(asking_process(), world_.now() + way + kUnderstood);
  }
  close();
}

// ---- responses

void OriginConnection::answer() {
  answering_ = true;
  world_.kernel.agenda.after(plan_->think, [this, serial = serial_] {
    if (serial != serial_ || socket_ == nullptr) return;
    if (origin_.stopped()) {
      answer_due_ = true;
    } else {
      begin_answer();
    }
  });
}

void OriginConnection::begin_answer() {
  answer_due_ = false;
  origin_.bench(asking_process()).on_answers(*socket_->peer(), world_.now());
  out_ = response_wire(*plan_, origin_.index());
  clean_end_ = socket_->sent_total() + out_.size();
  said_close_ = plan_->origin_closes;
  out_at_ = 0;
  out_until_ = out_.size();
  switch (plan_->origin_end) {
    case OriginEnd::kHang:
    case OriginEnd::kClose:
    case OriginEnd::kReset:
      out_until_ = std::min(plan_->origin_end_at, out_.size());
      break;
    case OriginEnd::kGarbage:
      if (plan_->response_flaw != Flaw::kNone) break;
      out_ = "220 mail.example ESMTP\r\n\r\n" + out_;
      out_until_ = out_.size();
      break;
    case OriginEnd::kSurplus:
      out_ += "HTTP/1.1 200 OK\r\nX-Id: " + std::to_string(kSurplusId) +
              "\r\nX-Origin: 0\r\nContent-Length: 0\r\n\r\n";
      out_until_ = out_.size();
      break;
    case OriginEnd::kNone:
    case OriginEnd::kCloseIdle:
      break;
  }
  write();
  if (socket_ != nullptr) read();
}

MessageId OriginConnection::waiting_request() const {
  if (socket_ == nullptr || socket_->peer()->closed()) return 0;
  if (plan_ == nullptr) return request_in(socket_->unread_bytes());
  return answered_ || out_at_ > 0 ? 0 : plan_->id;
}

std::uint64_t OriginConnection::asking_process() const {
  return socket_ != nullptr ? socket_->peer()->holder() : 0;
}

void OriginConnection::write() {
  if (!answering_ || write_planned_ || out_.empty() || socket_ == nullptr) return;
  while (out_at_ < out_until_) {
    std::size_t count = out_until_ - out_at_;
    if (plan_->answering.piece > 0) count = std::min(count, plan_->answering.piece);
    const os::IoResult sent = socket_->send(std::string_view(out_).substr(out_at_, count));
    if (sent.error == EAGAIN) return;
    if (sent.error != 0) return close();
    out_at_ += sent.bytes;
    if (plan_->answering.gap <= Duration::zero() || out_at_ == out_until_) continue;
    write_planned_ = true;
    world_.kernel.agenda.after(plan_->answering.gap, [this] {
      write_planned_ = false;
      if (socket_ != nullptr) on_change();
    });
    return;
  }
  if (out_until_ < out_.size() || plan_->origin_end == OriginEnd::kReset) return end_by_plan();
  finish();
}

void OriginConnection::end_by_plan() {
  out_.clear();  // hanging: nothing more, whatever happens
  if (plan_->origin_end == OriginEnd::kHang) return;
  world_.kernel.trace.note(origin_.name(), plan_->origin_end == OriginEnd::kReset
                                               ? " resets in the middle"
                                               : " closes in the middle");
  if (plan_->origin_end == OriginEnd::kClose) {
    world_.kernel.injuries().add(world_.now(), {}, "an origin closed in the middle");
    return close();
  }
  // The response may have been whole, and the connection may carry the next request already.
  world_.kernel.injuries().add(world_.now(), kUnderstood + world_.kernel.faults().latency_max * 4,
                               "an origin reset a connection");
  crash();
}

void OriginConnection::finish() {
  out_.clear();
  if (tunnels_ && !tunnel_ended_) {
    static_cast<void>(socket_->shut_write());
    return;
  }
  if (plan_->origin_closes || plan_->origin_end == OriginEnd::kGarbage) return close();
  Kernel& kernel = world_.kernel;
  if (plan_->origin_end == OriginEnd::kSurplus) {
    surplus_ = true;
    surplus_after_ = requests_;
    kernel.injuries().add(kernel.agenda.now(), kernel.faults().latency_max * 4 + kUnderstood,
                          "an origin sent surplus bytes");
  }
  if (plan_->origin_end == OriginEnd::kCloseIdle) close_while_idle(plan_->idle_for);
  answered_ = true;
  if (reader_->done()) await_next();  // else the rest of the request is read and dropped
}

void OriginConnection::await_next() {
  answering_ = answered_ = false;
  out_at_ = 0;
  reader_.reset();
  const Plan& last = *std::exchange(plan_, nullptr);
  rest(last.idle_end, last.idle_for);
}

}  // namespace lb::sim
