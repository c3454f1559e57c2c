#include "tests/sim/actors/client.h"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace lb::sim {
namespace {

constexpr std::size_t kReadBytesMax = 64 * 1024;
// Then even a client that is too slow reads on, or a run would take for ever.
constexpr std::uint32_t kSlowReadsMax = 8;
constexpr Duration kReconnectAfter = std::chrono::milliseconds(5);

// How long the head of such a request is on its way.
Duration head_time(const std::string& wire, const Plan& plan) {
  const std::size_t pieces = wire.find("\r\n\r\n") / plan.writing.piece + 1;
  return plan.writing.gap * static_cast<std::int64_t>(pieces + 1);
}

}  // namespace

// A step of this connection: void if it is gone by then.
template <class Step>
void Client::later(Duration delay, bool& planned, Step step) {
  if (planned) return;
  planned = true;
  world_.kernel.agenda.after(delay, [this, &planned, step, connection = connection_] {
    if (connection != connection_) return;
    planned = false;
    (this->*step)();
  });
}

void Client::start() {
  world_.kernel.agenda.after(plan_.starts_after, [this] { go_on(); });
}

void Client::go_on() {
  if (next_batch_ == plan_.batches.size()) {
    done_ = true;
    if (socket_ != nullptr && !plan_.stays) drop_connection(Record::Outcome::kGivenUp);
    if (world_.on_client_done) world_.on_client_done();
    return;
  }
  if (socket_ == nullptr) return connect();
  begin_batch();
}

void Client::connect() {
  Kernel& kernel = world_.kernel;
  const os::Address& to = world_.settings.addresses[plan_.address];
  socket_ = &kernel.network.open(to.family());
  socket_->set_buffers(plan_.send_max, plan_.receive_max);
  socket_->on_change([this] { on_change(); });
  ++connection_;
  told_to_close_ = after_early_ = lost_one_ = half_closed_ = write_planned_ = read_planned_ = false;
  send_failed_ = tunnels_ = tunnel_ended_ = false;
  kernel.trace.note(name(), " connects");
  static_cast<void>(kernel.network.connect(*socket_, to));
}

void Client::begin_batch() {
  for (const MessageId id : plan_.batches[next_batch_]) {
    out_.push_back({id, request_wire(world_.plan(id))});
    outstanding_.push_back(id);
  }
  ++next_batch_;
  heard_at_ = world_.now();
  write();
}

void Client::on_change() {
  if (socket_ == nullptr || socket_->state() == Socket::State::kConnecting) return;
  if (socket_->connected() && outstanding_.empty() && next_batch_ < plan_.batches.size() &&
      socket_->sent_total() == 0) {
    begin_batch();
  }
  if (socket_ == nullptr) return;
  if (!socket_->connected() && socket_->sent_total() == 0 && outstanding_.empty()) {
    // Refused: what it wanted to ask is lost.
    for (const MessageId id : plan_.batches[next_batch_]) settle(id, Record::Outcome::kRefused);
    ++next_batch_;
    return drop_connection(Record::Outcome::kRefused);
  }
  write();
  if (socket_ != nullptr) read();
}

// ---- the requests

void Client::write() {
  if (write_planned_) return;
  while (socket_ != nullptr && !out_.empty()) {
    if (!write_piece(out_.front())) return;
  }
}

// Returns whether to go on at once.
bool Client::write_piece(Outgoing& outgoing) {
  const Plan& plan = world_.plan(outgoing.id);
  Record& record = world_.record(outgoing.id);
  const bool half = plan.client_end == ClientEnd::kHalfClose || outgoing.tunnels;
  const bool ends = plan.client_end != ClientEnd::kNone && !half && !plan.end_in_response;
  const std::size_t until =
      ends ? std::min(plan.client_end_at, outgoing.wire.size()) : outgoing.wire.size();
  std::size_t count = until - outgoing.at;
  if (plan.writing.piece > 0) count = std::min(count, plan.writing.piece);
  if (count > 0) {
    const os::IoResult sent =
        socket_->send(std::string_view(outgoing.wire).substr(outgoing.at, count));
    if (sent.error == EAGAIN) return false;
    if (sent.error != 0) {
      out_.clear();  // what there is to be read tells why
      send_failed_ = true;
      if (tunnel_ended_) on_stream_end(false);
      return false;
    }
    if (record.outcome == Record::Outcome::kNotSent) {
      record.outcome = Record::Outcome::kPending;
      record.sent_at = world_.now();
      record.connection = socket_;
      if (plan_.below_rate && plan.writing.piece > 0) expect_cut(head_time(outgoing.wire, plan));
    }
    outgoing.at += sent.bytes;
    heard_at_ = world_.now();
  }
  if (ends && outgoing.at == until) {
    end_by_plan(plan.client_end);
    return false;
  }
  if (outgoing.at == outgoing.wire.size()) {
    record.sent_whole = true;
    record.whole_at = world_.now();
    if (half) {
      half_closed_ = true;
      world_.kernel.trace.note(name(), " half-closes");
      static_cast<void>(socket_->shut_write());
    }
    out_.pop_front();
    if (tunnel_ended_) {
      on_stream_end(true);
      return false;
    }
  }
  if (plan.writing.gap <= Duration::zero()) return true;
  later(plan.writing.gap, write_planned_, &Client::write);
  return false;
}

// Of a client below --min-rate, `after` a time in which it was not waited for: its connection is
// ended by the product, whatever it sees of that.
void Client::expect_cut(Duration after) {
  constexpr Duration kGone = std::chrono::seconds(26);
  const Duration slack = world_.kernel.faults().stall_max * 4;
  const os::Time began = world_.now();
  world_.kernel.agenda.after(after + kGone + slack, [this, began, socket = socket_] {
    const bool cut = socket != socket_ || told_to_close_ || socket->peer()->closed();
    // It was not waited for while the product had no descriptor, or no server.
    const bool hurt = !world_.kernel.injuries().between(began, world_.now()).empty();
    if (!cut && !hurt && !world_.settings.connections_limited)
      world_.breach("a peer below the least rate is cut", name() + " is still served");
  });
}

void Client::end_by_plan(ClientEnd end) {
  world_.kernel.trace.note(name(), end == ClientEnd::kVanish  ? " vanishes"
                                   : end == ClientEnd::kReset ? " resets"
                                                              : " closes in the middle");
  if (end == ClientEnd::kVanish) {
    world_.expect_release(*socket_, name());
    socket_->vanish();
  }
  if (end == ClientEnd::kReset) socket_->reset();
  drop_connection(Record::Outcome::kGivenUp);
}

// ---- the responses

void Client::read() {
  if (read_planned_ || tunnel_ended_) return;
  std::vector<char> buffer(plan_.reading.piece > 0 ? plan_.reading.piece : kReadBytesMax);
  while (socket_ != nullptr) {
    const os::IoResult got = socket_->receive(buffer);
    if (got.error == EAGAIN) return;
    if (got.error != 0 || got.bytes == 0) return on_stream_end(got.error == 0);
    check_wait();
    take({buffer.data(), got.bytes});
    const bool patient = plan_.too_slow && ++slow_reads_ > kSlowReadsMax;
    if (plan_.reading.gap > Duration::zero() && !patient) {
      return later(plan_.reading.gap, read_planned_, &Client::read);
    }
  }
}

// No exchange may rest for longer than what it waits for is allowed to take.
void Client::check_wait() {
  const Settings& settings = world_.settings;
  const os::Time since = heard_at_;
  heard_at_ = world_.now();
  if (settings.connections_limited) return;
  if (outstanding_.empty()) return check_idle(world_.now() - since);
  const Plan& plan = world_.plan(outstanding_.front());
  const auto attempts = static_cast<std::int64_t>(world_.origins) + settings.retries;
  const Duration read_by_server =
      plan.reading.piece > 0
          ? plan.reading.gap * static_cast<std::int64_t>(plan.request_bytes / plan.reading.piece)
          : Duration(0);
  const Duration bound = read_by_server + settings.connect_timeout * attempts +
                         settings.server_timeout * (1 + settings.retries) +
                         settings.client_timeout + settings.header_timeout + plan.think +
                         plan.writing.gap + plan_.reading.gap * 2 + std::chrono::seconds(20) +
                         (plan.offers_upgrade ? settings.tunnel_timeout : Duration(0));
  if (world_.now() - since > bound) {
    world_.breach("every wait is bounded",
                  name() + " waited " +
                      std::to_string((world_.now() - since) / std::chrono::milliseconds(1)) +
                      " ms for request " + std::to_string(plan.id));
  }
}

void Client::check_idle(Duration rested) {
  constexpr Duration kClosing = std::chrono::seconds(5);
  const Duration bound =
      told_to_close_ ? kClosing : world_.settings.keepalive_timeout * 2 + std::chrono::seconds(2);
  if (rested > bound + plan_.reading.gap * 2) {
    world_.breach("every wait is bounded", name() +
                                               " was left alone on a connection that should "
                                               "have been closed");
  }
}

void Client::begin_response() {
  if (reader_) return;
  const Plan& plan = world_.plan(outstanding_.front());
  // Whoever has not seen the whole head cannot know that it is a HEAD.
  const bool known = out_.empty() || out_.front().id != plan.id;
  reader_.emplace(MessageReader::Kind::kResponse, known && plan.method == "HEAD");
}

void Client::take(std::string_view bytes) {
  while (!bytes.empty() && socket_ != nullptr) {
    if (outstanding_.empty()) {
      return world_.breach("one response a request",
                           name() + " got " + Trace::excerpt(bytes) + " without having asked");
    }
    begin_response();
    const Plan& plan = world_.plan(outstanding_.front());
    std::size_t count = bytes.size();
    const bool ends = plan.client_end != ClientEnd::kNone && plan.end_in_response;
    if (ends) count = std::min<std::size_t>(count, plan.client_end_at - response_bytes_);
    const bool slow_reader = plan_.below_rate && plan_.reading.piece > 0;
    if (slow_reader && response_bytes_ == 0) expect_cut({});
    const std::size_t taken = reader_->feed(bytes.substr(0, count));
    response_bytes_ += taken;
    bytes.remove_prefix(taken);
    if (reader_->broken()) {
      return world_.breach("well-formed responses",
                           "the response to " + std::to_string(plan.id) + " breaks the framing");
    }
    if (!reader_->body_matches()) {
      return world_.breach("exact bodies", "the body of the response to " +
                                               std::to_string(plan.id) + " is wrong near byte " +
                                               std::to_string(reader_->body_bytes()));
    }
    if (ends && response_bytes_ == plan.client_end_at) return end_by_plan(plan.client_end);
    if (reader_->switches() && !tunnels_) begin_tunnel();
    if (reader_->done()) take_response();
  }
}

void Client::begin_tunnel() {
  tunnels_ = true;
  const Plan& plan = world_.plan(outstanding_.front());
  out_.push_back({.id = plan.id, .wire = body_of(plan.id, 0, plan.tunnel_bytes), .tunnels = true});
  write();
}

void Client::take_response() {
  const MessageId id = outstanding_.front();
  Record& record = world_.record(id);
  if (reader_->interim()) {
    if (reader_->id() != id) {
      world_.breach(
          "a response belongs to its request",
          "an interim head of " + std::to_string(reader_->id()) + " came to " + std::to_string(id));
    }
    ++record.interims;
    reader_.reset();
    return;
  }
  record.status = reader_->status();
  if (reader_->field("x-origin").empty()) {
    check_reply(id, record);
  } else {
    check_answer(id, record);
  }
  // A response that overtook its request ends the connection, too: its head may have gone down
  // before that was known.
  const bool close = reader_->asks_to_close() || (!out_.empty() && out_.front().id == id) ||
                     reader_->framing() == MessageReader::Framing::kUntilClose;
  after_early_ = after_early_ || world_.plan(id).early;
  outstanding_.pop_front();
  reader_.reset();
  response_bytes_ = 0;
  if (close) {
    told_to_close_ = true;
    out_.clear();
    return;
  }
  if (outstanding_.empty() && !half_closed_) {
    world_.kernel.agenda.after(plan_.think, [this, connection = connection_] {
      if (connection == connection_ && socket_ != nullptr && outstanding_.empty() && !done_)
        go_on();
    });
  }
}

void Client::check_answer(MessageId id, Record& record) {
  const Plan& plan = world_.plan(id);
  const std::string name_of = "the response to " + std::to_string(id);
  if (reader_->id() == kSurplusId && surplus_is_excused(record)) {
    return settle(id, Record::Outcome::kReplied);
  }
  if (reader_->id() != id) {
    world_.breach("a response belongs to its request",
                  name_of + " is that to " + std::to_string(reader_->id()));
  }
  if (plan.response_flaw != Flaw::kNone) {
    world_.breach("nothing malformed is forwarded", name_of + " looks sound and whole");
  }
  if (record.status != plan.status) {
    world_.breach("exact responses", name_of + " has status " + std::to_string(record.status));
  }
  const std::size_t expected = plan.bodiless() ? 0 : plan.response_bytes;
  // Nobody can tell a body that lasts until close from a part of it, if its server closes in order.
  // On a unix socket every end looks so.
  const bool looks_in_order =
      plan.origin_end == OriginEnd::kClose || world_.is_unix_origin[record.origin];
  // Who hangs in a tunnel goes when the other direction ends.
  const bool hung_in_tunnel = plan.switches() && plan.origin_end == OriginEnd::kHang;
  const bool may_be_short = plan.response_framing == Plan::Framing::kUntilClose && looks_in_order &&
                            !world_.kernel.injuries().empty();
  if (reader_->body_bytes() != expected && !may_be_short && !hung_in_tunnel) {
    world_.breach("a cut is visible", name_of + " looks whole and has " +
                                          std::to_string(reader_->body_bytes()) + " of " +
                                          std::to_string(expected) + " bytes");
  }
  // An attempt that failed may have sent its own.
  const std::uint32_t interims = plan.http10 ? 0 : plan.interims;
  if (record.interims < interims || record.interims > interims * record.heads) {
    world_.breach("exact responses",
                  name_of + " had " + std::to_string(record.interims) + " interim heads");
  }
  settle(id, Record::Outcome::kAnswered);
}

// Surplus that came after the product had read to the end of a response, and before it looked
// again: nobody can tell it from the response to the next request.
bool Client::surplus_is_excused(const Record& record) const {
  return !world_.kernel.injuries().between(record.sent_at, world_.now()).empty();
}

void Client::check_reply(MessageId id, Record& record) {
  static constexpr int kStatuses[] = {400, 408, 502, 503, 504};
  static constexpr int kRefusals[] = {400, 431, 501, 505};
  const bool refused = world_.plan(id).request_flaw != Flaw::kNone &&
                       std::ranges::find(kRefusals, record.status) != std::end(kRefusals);
  if (!refused && std::ranges::find(kStatuses, record.status) == std::end(kStatuses)) {
    world_.breach("exact responses", "request " + std::to_string(id) + " was replied to with " +
                                         std::to_string(record.status));
  }
  settle(id, Record::Outcome::kReplied);
}

void Client::settle(MessageId id, Record::Outcome outcome) {
  Record& record = world_.record(id);
  record.outcome = outcome;
  record.ended_at = world_.now();
  record.told_to_close = told_to_close_ || after_early_;
  record.first_in_line = !lost_one_ && !outstanding_.empty() && outstanding_.front() == id;
}

// ---- the end of a connection

void Client::on_stream_end(bool in_order) {
  check_wait();
  in_order = in_order && !send_failed_;  // the send took the error away
  if (in_order && tunnels_ && !out_.empty()) {
    tunnel_ended_ = true;  // the other direction has an end of its own
    return;
  }
  if (in_order && reader_ && reader_->begun()) {
    reader_->feed_eof();
    if (reader_->done()) take_response();
  }
  if (reader_ && reader_->begun()) {
    settle(outstanding_.front(), Record::Outcome::kCut);
    outstanding_.pop_front();
    lost_one_ = true;
  }
  drop_connection(Record::Outcome::kUnanswered);
}

void Client::drop_connection(Record::Outcome for_the_rest) {
  if (socket_ == nullptr) return;
  if (world_.kernel.trace.on()) world_.kernel.trace.note(name(), "'s connection is over");
  for (const MessageId id : outstanding_) settle(id, for_the_rest);
  outstanding_.clear();
  out_.clear();
  reader_.reset();
  response_bytes_ = 0;
  socket_->close();
  socket_ = nullptr;
  ++connection_;
  if (done_) return;
  const Duration rest = std::max(plan_.think, kReconnectAfter);
  world_.kernel.agenda.after(rest, [this, connection = connection_] {
    if (connection == connection_ && !done_) go_on();
  });
}

}  // namespace lb::sim
