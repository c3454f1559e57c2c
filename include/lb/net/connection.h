#pragma once

// A connected stream of bytes: transport + watch + what could not be delivered yet. It receives
// into the shared scratch of the reactor and hands the bytes up at once; only what its handler does
// not consume, and what the kernel does not take, is stored. So a connection with nothing waiting
// owns no buffer. Backpressure begins at once: a send that leaves something waiting tells the
// source to stop, and the buffers of the kernel are what keeps the stream going.
//
//     read half    kOpen ----> kEof            write half    kOpen --finish()--> kFinishing --out
//     empty--> kShut
//                     \------> kFailed \----------------------------------------> kFailed
//
// It is registered with the reactor once in its life, with read interest; write interest is on only
// while bytes wait that the kernel refused. It knows no protocol and owns no timeout.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "lb/base/buffer.h"
#include "lb/base/error.h"
#include "lb/base/recycled.h"
#include "lb/base/retirable.h"
#include "lb/event/watch.h"
#include "lb/net/pipe.h"
#include "lb/net/transport.h"

namespace lb::net {

// Bodies: the first receive of a body asks for kReadBytesMin, which with its framing fits a block
// of 16 KiB (Buffer). For a response each one that was filled doubles that up to kReadBytesMax, and
// a pause, or a sink that did not take all, takes it back, so that what may have to be stored stays
// small for a slow sink. Bodies of requests are not read in larger ones: many of them may meet a
// server that stalls.
inline constexpr std::uint32_t kReadBytesMin = 16 * 1024 - 64;
inline constexpr std::uint32_t kReadBytesMax = 2 * kReadBytesMin;
// A timeout on what waits to be sent looks for progress that often before it falls.
inline constexpr int kLooksPerTimeout = 4;

// Where the bytes that come next may go unseen: at most so many, into a pipe that is empty; or
// nowhere.
struct Bypass {
  Pipe* pipe = nullptr;
  std::uint64_t bytes_max = 0;
};

// Retired, not destroyed: it may be in a call of its connection.
class ConnectionHandler : public Retirable {
 public:
  // `bytes` (what was kept before, and what came) may be edited in place; returns how many of them
  // are done with. The rest is kept and given again with what follows, or at once by
  // Connection::again().
  [[nodiscard]] virtual std::size_t on_bytes(std::span<char> bytes) = 0;
  // While bypassing (Connection::set_bypassing): asked before each receive, and, if there was a
  // pipe, told how many bytes went into it, which may be none.
  [[nodiscard]] virtual Bypass bypass() { return {}; }
  virtual void on_bypassed(std::size_t /*bytes*/) {}
  // The peer sends no more. What was kept is still in Connection::kept().
  virtual void on_eof() = 0;
  // After something had to wait the kernel has it all: the source may go on; and, unless it has
  // sent more from within, nothing waits any more.
  virtual void on_drained() = 0;
  virtual void on_sent() = 0;
  // The connection is of no use any more; the handler closes it.
  virtual void on_failed(ErrorCode code, int errno_value) = 0;
};

class Connection {
 public:
  // What a hang-up means: the peer is gone and with it the use of this connection, and bytes that
  // came before a reset are not read any more (a client); or there may be bytes that are still
  // wanted (a server whose response is not read yet).
  enum class Unread : std::uint8_t { kForget, kKeep };

  Connection(event::Reactor& reactor, ConnectionHandler& handler, Unread unread,
             event::Watch::Rank rank = event::Watch::Rank::kOrdinary);

  // Takes the descriptor over and registers it. Returns 0 or an errno.
  [[nodiscard]] int open(os::Fd fd);
  // Receives now, without waiting for readiness: for a descriptor that has just been accepted.
  // Upcalls.
  void receive();

  // Whether nothing has come and it has not ended. Takes a byte if one is there: for a connection
  // of which nothing may come. Touches no shared memory, so it may be asked at any time.
  [[nodiscard]] bool silent();

  // Sends the slices in order as one unit (at most os::kSlicesMax); stores what the kernel does not
  // take. Returns whether something waits now. After a failure it swallows: on_failed comes from
  // the turn.
  bool send(std::span<const std::string_view> slices);
  // A pipe to be filled for this peer, then send_piped(). Nullptr: something waits already, nothing
  // can be sent any more, or there is none.
  [[nodiscard]] Pipe* lease_pipe(PipePool& pipes);
  // As send(). What the kernel does not take waits in the pipe.
  bool send_piped();
  // What waits is not sent any more; what the kernel has taken is.
  void forget_waiting();
  // Half-closes when everything is sent.
  void finish();
  // At once, whatever waits; no upcall after it. Bytes that were handed up stay valid until the
  // object dies.
  void close();
  // The same with a reset, so that the peer cannot take what it got for complete.
  void abort();

  void set_reading(bool on);
  // Offers kept bytes to on_bytes later in this turn, and, when none is left, the end if it has
  // come.
  void again() { watch_.post(Callback<>::to<&Connection::on_again>(this)); }
  // How much a receive asks for: `bytes` at first, doubled up to `bytes_max` by receives that it
  // was too little for.
  void set_read_bytes(std::uint32_t bytes, std::uint32_t bytes_max) {
    read_bytes_ = bytes;
    read_bytes_max_ = bytes_max;
  }
  // What comes is bulk: let it bypass this program where the handler has a way for it.
  void set_bypassing(bool on) { bypassing_ = on; }
  [[nodiscard]] bool bypassing() const { return bypassing_; }
  void read_less() { read_bytes_ = std::min(read_bytes_, kReadBytesMin); }
  // A connection at rest is looked at before others of a batch (see event::Watch::set_early).
  void set_early(bool early) { watch_.set_early(early); }

  [[nodiscard]] bool closed() const { return !transport_.is_open(); }
  [[nodiscard]] bool reading() const { return reading_; }
  [[nodiscard]] bool eof() const { return read_ != ReadHalf::kOpen; }
  [[nodiscard]] bool failed() const {
    return read_ == ReadHalf::kFailed || write_ == WriteHalf::kFailed;
  }
  [[nodiscard]] bool sent() const { return waiting_bytes() == 0; }
  [[nodiscard]] std::size_t kept_bytes() const { return stored_ ? stored_->in.size() : 0; }
  [[nodiscard]] std::string_view kept() const {
    return stored_ ? stored_->in.view() : std::string_view();
  }
  [[nodiscard]] std::size_t waiting_bytes() const {
    return stored_ ? stored_->out.size() + (stored_->pipe ? stored_->pipe->bytes() : 0) : 0;
  }
  // When bytes last came in, and when the kernel last took some; or when this side last began to
  // wait for that. What a timeout that counts from the last progress starts from.
  [[nodiscard]] os::Time received_at() const { return received_at_; }
  [[nodiscard]] os::Time sent_at() const { return sent_at_; }
  // Whether the peer has acknowledged something since the last look, which counts as sent when it
  // did (unix: now): a slow reader makes room for the kernel to take more only in large steps. For
  // timeouts: a system call, or two.
  bool look_for_progress();
  // What was sent so far is known to have arrived, or is taken to have: the next look counts from
  // here.
  void assume_acknowledged() { bytes_acknowledged_ = bytes_sent_; }
  // Nothing waits on this side, and at the last look the peer had it all.
  [[nodiscard]] bool acknowledged() const { return sent() && bytes_acknowledged_ == bytes_sent_; }
  // In all, that the kernel has taken; and that the peer had acknowledged at the last look.
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }
  [[nodiscard]] std::uint64_t bytes_acknowledged() const { return bytes_acknowledged_; }
  // In all, that the peer has still to take, as far as the last look tells.
  [[nodiscard]] std::uint64_t bytes_left() const {
    return bytes_sent_ - bytes_acknowledged_ + waiting_bytes();
  }
  // For failures: a system call each. Whether nothing has reached the peer since so many bytes had
  // been sent; the error that the socket has not told yet, which is told once (SO_ERROR); and the
  // smoothed time of a round trip.
  [[nodiscard]] bool has_taken_nothing_since(std::uint64_t bytes_sent) const;
  [[nodiscard]] int take_error() { return transport_.error(); }
  [[nodiscard]] os::Time::duration round_trip() const;
  [[nodiscard]] event::Reactor& reactor() const { return watch_.reactor(); }
  [[nodiscard]] int fd() const { return transport_.fd(); }

 private:
  enum class ReadHalf : std::uint8_t { kOpen, kEof, kFailed };
  enum class WriteHalf : std::uint8_t { kOpen, kFinishing, kShut, kFailed };
  // What is kept of what came, and what waits to be sent: first what the pipe holds, then `out`.
  struct Stored : Recycled<Stored> {
    Buffer in;
    PipeLease pipe;
    Buffer out;
  };

  void on_ready(event::Ready ready);
  void on_again();
  void on_hangup_unread();
  void park();
  [[nodiscard]] bool receive_bypassed();
  void hand_up_scratch(std::span<char> bytes);
  void hand_up_kept();
  void take_eof();
  void fail(int errno_value);
  void flush();
  [[nodiscard]] int flush_pipe();
  [[nodiscard]] int flush_stored();
  void drop_waiting();
  void note_sent(std::size_t bytes);
  void fail_to_send(int errno_value);
  void store(std::span<const std::string_view> slices, std::size_t skip);
  [[nodiscard]] Stored& stored();
  void drop_empty();
  void shut_if_finished();
  void update_interest();

  ConnectionHandler& handler_;
  [[no_unique_address]] event::Watch watch_;
  ReadHalf read_ : 2 = ReadHalf::kOpen;
  WriteHalf write_ : 2 = WriteHalf::kOpen;
  const Unread unread_ : 1;
  bool reading_ : 1 = true;  // the handler wants bytes
  bool bypassing_ : 1 = false;
  bool hung_up_ : 1 = false;  // off the reactor until reading goes on
  Transport transport_;
  std::uint32_t read_bytes_ = kReadBytesMin;
  std::uint32_t read_bytes_max_ = kReadBytesMin;
  int send_error_ = 0;                    // of the send that failed
  std::uint64_t bytes_sent_ = 0;          // that the kernel has taken
  std::uint64_t bytes_acknowledged_ = 0;  // at the last look for progress
  os::Time received_at_{};
  os::Time sent_at_{};
  std::unique_ptr<Stored> stored_;  // none while nothing is
};

}  // namespace lb::net
