#pragma once

// A request that owns its text: a copy of a head and of what has come of its body, kept while no
// server has taken it yet.

#include <string>
#include <vector>

#include "lb/base/buffer.h"
#include "lb/http/body.h"
#include "lb/http/head.h"

namespace lb::http {

class HeldRequest {
 public:
  // Fields that are dropped are left out.
  HeldRequest(const RequestHead& head, const Piece& first);

  [[nodiscard]] RequestHead& head() { return head_; }
  [[nodiscard]] Piece piece();

 private:
  Buffer text_;
  Buffer body_;
  Buffer trailer_text_;
  RequestHead head_;
  Fields trailers_;
  bool end_ = false;
  bool has_trailers_ = false;
};

}  // namespace lb::http
