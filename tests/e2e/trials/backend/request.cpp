#include "tests/e2e/trials/backend/request.h"

#include <charconv>

namespace lb::e2e {
namespace {

std::string_view value_of(std::string_view head, std::string_view field) {
  const std::size_t at = head.find(field);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + field.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

template <class T>
T number_in(std::string_view text) {
  T number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

RequestId id_in(std::string_view bytes) {
  const std::size_t at = bytes.find(kTrialPath);
  if (at == std::string_view::npos) return 0;
  return number_in<RequestId>(bytes.substr(at + kTrialPath.size()));
}

TrialRequest read_trial_request(std::string_view bytes) {
  TrialRequest request;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return request;
  const std::string_view head = bytes.substr(0, end + 2);
  request.check = head.starts_with("GET /health-check ");
  request.post = head.starts_with("POST ");
  const std::string_view line = head.substr(0, head.find("\r\n"));
  request.id = id_in(line);
  request.large = line.find(kLargeSuffix) != std::string_view::npos;
  if ((!request.post && !head.starts_with("GET ")) || (request.id == 0 && !request.check)) {
    request.state = TrialRequest::State::kMalformed;
    return request;
  }
  const auto length = number_in<std::size_t>(value_of(in_lower_case(head), "\r\ncontent-length: "));
  request.bytes = end + 4 + length;
  const bool whole = bytes.size() >= request.bytes;
  request.state = whole ? TrialRequest::State::kWhole : TrialRequest::State::kHeadOnly;
  if (whole) request.body = bytes.substr(end + 4, length);
  return request;
}

}  // namespace lb::e2e
