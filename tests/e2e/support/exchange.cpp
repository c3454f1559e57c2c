#include "tests/e2e/support/exchange.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace lb::e2e {

Exchange::Exchange(Wire& wire, RequestHead head, int connection, int index,
                   std::function<void(const std::string&)> on_body)
    : wire_(wire),
      head_(std::move(head)),
      connection_(connection),
      index_(index),
      body_reader_(wire, request_framing(head_)),
      on_body_(std::move(on_body)) {}

const std::string& Exchange::reads_body() {
  if (!body_) {
    std::string body;
    for (std::string piece = reads_piece(); !piece.empty(); piece = reads_piece()) body += piece;
    body_ = std::move(body);
    on_body_(*body_);
  }
  return *body_;
}

void Exchange::answers(int status, std::string_view body, std::string_view fields) {
  reads_body();
  std::string message = "HTTP/1.1 " + std::to_string(status) + " Because\r\n";
  message += fields;
  if (status != 204) message += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  message += "\r\n";
  if (head_.method != "HEAD" && status != 204 && status != 304) message += body;
  sends(message);
}

void Exchange::waits_for_close() {
  try {
    while (!wire_.reads_some(64 * 1024, Deadline(std::chrono::minutes{1})).empty()) continue;
  } catch (const WireError& error) {
    if (error.kind() != WireError::Kind::kReset) throw;
  }
}

Script answers(int status, std::string body, std::string fields) {
  return [status, body = std::move(body), fields = std::move(fields)](Exchange& exchange) {
    exchange.answers(status, body, fields);
  };
}

Script tells(std::string name) {
  return answers(200, std::move(name));
}

Script echoes() {
  return [](Exchange& exchange) { exchange.answers(200, exchange.reads_body()); };
}

Script tells_target() {
  return [](Exchange& exchange) { exchange.answers(200, exchange.head().target); };
}

Script hangs() {
  return sends_and_stays("");
}

Script resets() {
  return sends_and_resets("");
}

Script sends_and_closes(std::string raw) {
  return [raw = std::move(raw)](Exchange& exchange) {
    exchange.reads_body();
    exchange.sends(raw);
    exchange.closes();
  };
}

Script sends_and_resets(std::string raw) {
  return [raw = std::move(raw)](Exchange& exchange) {
    exchange.reads_body();
    exchange.sends(raw);
    exchange.resets();
  };
}

Script sends_and_stays(std::string raw) {
  return [raw = std::move(raw)](Exchange& exchange) {
    exchange.reads_body();
    exchange.sends(raw);
    exchange.waits_for_close();
    exchange.closes();
  };
}

Script in_turn(std::vector<Script> scripts) {
  const auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [next, scripts = std::move(scripts)](Exchange& exchange) {
    scripts[std::min(next->fetch_add(1), scripts.size() - 1)](exchange);
  };
}

}  // namespace lb::e2e
