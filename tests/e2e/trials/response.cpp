#include "tests/e2e/trials/response.h"

#include <charconv>

namespace lb::e2e {
namespace {

// A number that is followed by `end`; -1 if there is none.
long long number_before(std::string_view text, char end, int base = 10) {
  long long number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  const bool ends = stop != text.data() + text.size() && *stop == end;
  return error == std::errc{} && ends ? number : -1;
}

bool has(std::string_view head, std::string_view line) {
  return head.find(line) != std::string_view::npos;
}

std::string_view behind(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  return at == std::string_view::npos ? std::string_view() : head.substr(at + name.size());
}

void read_chunks(std::string_view bytes, std::size_t at, TrialResponse& response) {
  for (;;) {
    const std::size_t line_end = bytes.find("\r\n", at);
    if (line_end == std::string_view::npos) return;
    const long long size = number_before(bytes.substr(at), '\r', 16);
    if (size < 0) {
      response.state = TrialResponse::State::kMalformed;
      return;
    }
    const auto length = static_cast<std::size_t>(size);
    if (bytes.size() < line_end + 2 + length + 2) return;
    response.body.append(bytes.substr(line_end + 2, length));
    at = line_end + 2 + length + 2;
    if (length > 0) continue;
    response.state = TrialResponse::State::kWhole;
    response.bytes = at;
    return;
  }
}

}  // namespace

TrialResponse read_trial_response(std::string_view bytes) {
  TrialResponse response;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return response;
  const std::string head = in_lower_case(bytes.substr(0, end + 2));
  if (!head.starts_with("http/1.1 ")) {
    response.state = TrialResponse::State::kMalformed;
    return response;
  }
  response.state = TrialResponse::State::kNoBody;
  response.status = static_cast<int>(number_before(std::string_view(head).substr(9), ' '));
  response.closes = has(head, "\r\nconnection: close\r\n");
  const long long id = number_before(behind(head, "\r\nx-request-id: "), '\r');
  if (id > 0) response.id = static_cast<RequestId>(id);
  if (has(head, "\r\ntransfer-encoding: chunked\r\n")) {
    read_chunks(bytes, end + 4, response);
    return response;
  }
  const long long length = number_before(behind(head, "\r\ncontent-length: "), '\r');
  if (length < 0) {
    response.state =
        response.closes ? TrialResponse::State::kUntilClose : TrialResponse::State::kMalformed;
    response.body = bytes.substr(end + 4);
    return response;
  }
  response.bytes = end + 4 + static_cast<std::size_t>(length);
  if (bytes.size() < response.bytes) return response;
  response.state = TrialResponse::State::kWhole;
  response.body = bytes.substr(end + 4, static_cast<std::size_t>(length));
  return response;
}

}  // namespace lb::e2e
