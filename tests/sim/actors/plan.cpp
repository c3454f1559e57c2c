#include "tests/sim/actors/plan.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lb::sim {
namespace {

using Framing = MessageReader::Framing;

// Sizes of chunks that are a function of the id, too.
void append_chunked(std::string& wire, MessageId id, std::size_t bytes, bool trailers) {
  std::size_t at = 0;
  std::size_t step = id % 7 == 0 ? 1 : 13 + id * 37 % 5000;
  while (at < bytes) {
    const std::size_t count = std::min(step, bytes - at);
    std::array<char, 16> hex;
    const auto end = std::to_chars(hex.begin(), hex.end(), count, 16);
    wire.append(hex.data(), end.ptr);
    if (id % 5 == 0) wire += ";note=\"x;y\"";
    wire += "\r\n" + body_of(id, at, count) + "\r\n";
    at += count;
    step = std::min<std::size_t>(step * 2, 40'000);
  }
  wire += "0\r\n";
  if (trailers) wire += "X-Checked: yes\r\n";
  wire += "\r\n";
}

void append_body(std::string& wire, MessageId id, Framing framing, std::size_t bytes,
                 bool trailers) {
  if (framing == Framing::kChunked) {
    append_chunked(wire, id, bytes, trailers);
  } else if (framing != Framing::kNone) {
    wire += body_of(id, 0, bytes);
  }
}

std::string framing_line(Framing framing, std::size_t bytes) {
  if (framing == Framing::kLength) return "Content-Length: " + std::to_string(bytes) + "\r\n";
  return framing == Framing::kChunked ? "Transfer-Encoding: chunked\r\n" : "";
}

}  // namespace

bool survives_early_answer(const Plan& plan, const Faults& faults) {
  constexpr Duration kQuick = std::chrono::microseconds(500);
  return plan.request_bytes <= kEarlyBytesMax && plan.response_bytes <= kEarlyBytesMax &&
         !plan.origin_closes && faults.latency_max <= kQuick;
}

std::string request_wire(const Plan& plan) {
  const std::string id = std::to_string(plan.id);
  std::string wire = std::string(plan.method) + " /r/" + id +
                     (plan.http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n") +
                     "Host: sim.example\r\nX-Id: " + id + "\r\n";
  if (plan.asks_to_close) wire += "Connection: close\r\n";
  if (plan.offers_upgrade) wire += "Connection: Upgrade\r\nUpgrade: sim\r\n";
  if (plan.http10 && !plan.asks_to_close) wire += "Connection: keep-alive\r\n";
  if (plan.id % 11 == 0) wire += "X-Padding: " + std::string(plan.id * 53 % 3000, 'p') + "\r\n";
  wire += framing_line(plan.request_framing, plan.request_bytes) + "\r\n";
  append_body(wire, plan.id, plan.request_framing, plan.request_bytes, plan.trailers);
  spoil(wire, 0, plan.request_flaw);
  return wire;
}

std::string response_wire(const Plan& plan, std::size_t origin) {
  const std::string id = std::to_string(plan.id);
  std::string wire;
  for (std::uint32_t i = 0; i < plan.interims; ++i) {
    wire += "HTTP/1.1 103 Early Hints\r\nX-Id: " + id + "\r\n\r\n";
  }
  const std::size_t final_head = wire.size();
  wire += (plan.origin_http10 ? "HTTP/1.0 " : "HTTP/1.1 ") + std::to_string(plan.status) +
          " As Planned\r\nX-Id: " + id + "\r\nX-Origin: " + std::to_string(origin) + "\r\n";
  if (plan.switches()) {
    wire += "Connection: Upgrade\r\nUpgrade: sim\r\n";
  } else if (plan.origin_closes && !plan.origin_http10) {
    wire += "Connection: close\r\n";
  }
  if (!plan.origin_closes && plan.origin_http10) wire += "Connection: keep-alive\r\n";
  const bool no_length = plan.status == 204 || plan.response_framing == Framing::kUntilClose;
  if (!no_length) wire += framing_line(plan.response_framing, plan.response_bytes);
  wire += "\r\n";
  if (!plan.bodiless()) {
    append_body(wire, plan.id, plan.response_framing, plan.response_bytes, plan.trailers);
  }
  spoil(wire, final_head, plan.response_flaw);
  return wire;
}

}  // namespace lb::sim
