#pragma once

// One request at an origin, and the answer that a test's script gives to it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/support/body.h"
#include "tests/e2e/support/message.h"
#include "tests/e2e/support/wire.h"

namespace lb::e2e {

class Exchange;
using Script = std::function<void(Exchange&)>;

class Exchange {
 public:
  // `index` counts the requests of the connection from 1; `on_body` is told the body once it was
  // read whole.
  Exchange(Wire& wire, RequestHead head, int connection, int index,
           std::function<void(const std::string&)> on_body);

  [[nodiscard]] const RequestHead& head() const { return head_; }
  [[nodiscard]] int connection() const { return connection_; }
  [[nodiscard]] int index() const { return index_; }

  // The request's body: whole, or piece by piece (none at the end), or only its size.
  const std::string& reads_body();
  [[nodiscard]] std::string reads_piece() { return body_reader_.next(); }
  [[nodiscard]] const std::vector<Field>& trailers() const { return body_reader_.trailers(); }

  // Bytes on the wire as they are.
  void sends(std::string_view raw) { wire_.sends(raw); }
  // Reads the body, then sends a whole response with Content-Length. `fields` are whole lines, each
  // with its CRLF.
  void answers(int status, std::string_view body, std::string_view fields = {});

  void half_closes() { wire_.half_closes(); }
  void closes() { wire_.closes(); }
  void resets() { wire_.resets(); }
  // Until the other side closes or resets; what it sends meanwhile is dropped.
  void waits_for_close();

  [[nodiscard]] Wire& wire() { return wire_; }
  [[nodiscard]] bool open() const { return wire_.open(); }

 private:
  Wire& wire_;
  RequestHead head_;
  int connection_;
  int index_;
  BodyReader body_reader_;
  std::optional<std::string> body_;
  std::function<void(const std::string&)> on_body_;
};

// Scripts that tests are made of.
[[nodiscard]] Script answers(int status, std::string body, std::string fields = {});
[[nodiscard]] Script tells(std::string name);            // 200 with this text
[[nodiscard]] Script echoes();                           // 200 with the request's body
[[nodiscard]] Script tells_target();                     // 200 with the request's target
[[nodiscard]] Script hangs();                            // reads the request and never answers
[[nodiscard]] Script resets();                           // reads the request and resets
[[nodiscard]] Script sends_and_closes(std::string raw);  // reads the request, sends that, closes
[[nodiscard]] Script sends_and_resets(std::string raw);
[[nodiscard]] Script sends_and_stays(std::string raw);  // and waits for the other side to close
// Each request in turn its own script, the last one for all that follow.
[[nodiscard]] Script in_turn(std::vector<Script> scripts);

}  // namespace lb::e2e
