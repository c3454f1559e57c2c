#pragma once

// Heads as the tests see them, parsed without mercy: what the product sends must be well-formed to
// the letter (RFC 9112 2 to 5), or the parse throws.

#include <string>
#include <string_view>
#include <vector>

namespace lb::e2e {

struct Field {
  std::string name;
  std::string value;
};

struct Head {
  std::string raw;
  std::vector<Field> fields;

  [[nodiscard]] bool has(std::string_view name) const;
  // The values of all lines of that name, in order.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  // The value of the only line of that name; throws unless there is exactly one.
  [[nodiscard]] std::string value(std::string_view name) const;
  // Whether the list of that name holds the token, in any case (Connection: close).
  [[nodiscard]] bool lists(std::string_view name, std::string_view token) const;
};

struct RequestHead : Head {
  std::string method;
  std::string target;
  std::string version;
};

struct ResponseHead : Head {
  std::string version;
  int status = 0;
  std::string reason;
};

[[nodiscard]] RequestHead parse_request_head(const std::string& raw);
[[nodiscard]] ResponseHead parse_response_head(const std::string& raw);
[[nodiscard]] std::vector<Field> parse_fields(std::string_view lines);

[[nodiscard]] bool same_text(std::string_view a, std::string_view b);  // in any case, ASCII

}  // namespace lb::e2e
