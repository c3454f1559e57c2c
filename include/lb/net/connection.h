#pragma once

// A connected stream of bytes: transport + watch + what could not be delivered yet. It receives
// into the shared scratch of the reactor and hands the bytes up at once; only what its handler does
// not consume, and what the kernel does not take, is stored. So a connection with nothing waiting
// owns no buffer.
//
//     read half    kOpen ----> kEof            write half    kOpen --finish()--> kFinishing --out
//     empty--> kShut
//                     \------> kFailed \----------------------------------------> kFailed
//
// It is registered with the reactor once in its life, with read interest; write interest is on only
// while bytes wait that the kernel refused. It knows no protocol and owns no timeout.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "lb/base/buffer.h"
#include "lb/base/error.h"
#include "lb/event/posted.h"
#include "lb/event/watch.h"
#include "lb/net/pipe.h"
#include "lb/net/transport.h"

namespace lb::net {

// Backpressure: above kHighWatermark bytes waiting to be sent the source is told to stop, at half
// of it to go on. The buffers of the kernel are what keeps a stream going meanwhile.
inline constexpr std::size_t kHighWatermark = 16 * 1024;
inline constexpr std::size_t kLowWatermark = kHighWatermark / 2;
// Bodies: the first receive of a body asks for kReadBytesMin; each one that was filled doubles that
// up to kReadBytesMax, and a pause, or a sink that did not take all, takes it back, so that what
// may have to be stored stays small for a slow sink.
inline constexpr std::uint32_t kReadBytesMin = 16 * 1024;
inline constexpr std::uint32_t kReadBytesMax = 32 * 1024;
// A timeout on what waits to be sent looks for progress that often before it falls.
inline constexpr int kLooksPerTimeout = 4;

// Where the bytes that come next may go unseen: at most so many, into a pipe that is empty; or
// nowhere.
struct Bypass {
  Pipe* pipe = nullptr;
  std::uint64_t bytes_max = 0;
};

class ConnectionHandler {
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
  virtual void on_drained() = 0;  // after a send that reported full: at or below the low watermark
  virtual void on_sent() = 0;     // after something had to wait: the kernel has it all
  // The connection is of no use any more; the handler closes it.
  virtual void on_failed(ErrorCode code, int errno_value) = 0;

 protected:
  ~ConnectionHandler() = default;
};

class Connection {
 public:
  // What a hang-up means: the peer is gone and with it the use of this connection, and bytes that
  // came before a reset are not read any more (a client); or there may be bytes that are still
  // wanted (a server whose response is not read yet).
  enum class Unread : std::uint8_t { kForget, kKeep };

  Connection(event::Reactor& reactor, ConnectionHandler& handler, Unread unread);

  // Takes the descriptor over and registers it. Returns 0 or an errno.
  [[nodiscard]] int open(os::Fd fd);
  // Receives now, without waiting for readiness: for a descriptor that has just been accepted.
  // Upcalls.
  void receive();

  // Whether nothing has come and it has not ended. Takes a byte if one is there: for a connection
  // of which nothing may come. Touches no shared memory, so it may be asked at any time.
  [[nodiscard]] bool silent();

  // Sends the slices in order as one unit (at most os::kSlicesMax); stores what the kernel does not
  // take. Returns whether more than the high watermark waits now. After a failure it swallows:
  // on_failed comes from the turn.
  bool send(std::span<const std::string_view> slices);
  // A pipe to be filled for this peer, then send_piped(). Nullptr: something waits already, nothing
  // can be sent any more, or there is none.
  [[nodiscard]] Pipe* lease_pipe(PipePool& pipes);
  // As send(). What the kernel does not take waits in the pipe.
  bool send_piped();
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
  void again() { again_.post(); }
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
  [[nodiscard]] bool sent() const { return out_.empty() && (!pipe_ || pipe_->empty()); }
  [[nodiscard]] std::size_t kept_bytes() const { return in_.size(); }
  [[nodiscard]] std::string_view kept() const { return in_.view(); }
  [[nodiscard]] std::size_t waiting_bytes() const {
    return out_.size() + (pipe_ ? pipe_->bytes() : 0);
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
  void shut_if_finished();
  void update_interest();

  ConnectionHandler& handler_;
  event::Watch watch_;
  event::Posted again_;
  Transport transport_;
  std::uint32_t read_bytes_ = kReadBytesMin;
  std::uint32_t read_bytes_max_ = kReadBytesMin;
  int send_error_ = 0;                    // of the send that failed
  std::uint64_t bytes_sent_ = 0;          // that the kernel has taken
  std::uint64_t bytes_acknowledged_ = 0;  // at the last look for progress
  os::Time received_at_{};
  os::Time sent_at_{};
  Buffer in_;
  PipeLease pipe_;  // what waits to be sent: first what it holds,
  Buffer out_;      // then this
  ReadHalf read_ = ReadHalf::kOpen;
  WriteHalf write_ = WriteHalf::kOpen;
  const Unread unread_;
  bool reading_ = true;    // the handler wants bytes
  bool was_full_ = false;  // on_drained is owed
  bool bypassing_ = false;
  bool hung_up_ = false;  // off the reactor until reading goes on
};

}  // namespace lb::net
