#pragma once

// A request as it goes to a server: the bytes of its head and of what has come of its body, kept
// until its response begins, so that they can be sent when a connection is there, and again when
// that connection fails. The bytes do not depend on the server, but for the Host of a request that
// has none.

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "lb/base/buffer.h"
#include "lb/http/body.h"
#include "lb/http/head.h"

namespace lb::http {

class OutgoingRequest {
 public:
  class Slices {
   public:
    [[nodiscard]] std::span<const std::string_view> all() const { return {slices_.data(), count_}; }

   private:
    friend class OutgoingRequest;
    std::array<std::string_view, 3> slices_;
    std::size_t count_ = 0;
  };

  // Writes the head with its first piece. Nothing of either needs to live on.
  void write(const RequestHead& head, const Piece& first);
  // A piece that was sent after it, in its framing; the end of the body if `end`. Nothing is kept
  // any more if forget() was called.
  void append(std::span<const std::string_view> slices, bool end);
  // Drops the bytes. What the values below say stays.
  void forget() { wire_.clear(); }

  // Whether all that was sent is here.
  [[nodiscard]] bool held() const { return !wire_.empty(); }
  // Of the body, with its framing.
  [[nodiscard]] std::size_t held_body_bytes() const {
    return wire_.size() - std::min(wire_.size(), head_bytes_);
  }
  // Valid until the next call that is not const, and as long as `server_name`, which goes into Host
  // if the client gave none (RFC 9112 3.2).
  [[nodiscard]] Slices slices(std::string_view server_name) const;

  [[nodiscard]] Method method() const { return method_; }
  [[nodiscard]] Framing framing() const { return framing_; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  // The client sends no body before a 100 (RFC 9110 10.1.1).
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  // The whole body has come.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  Buffer wire_;
  std::size_t head_bytes_ = 0;
  std::size_t host_at_ = 0;  // where the name of the server goes; 0: nowhere
  Framing framing_;
  Method method_ = Method::kOther;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  bool ended_ = false;
};

}  // namespace lb::http
