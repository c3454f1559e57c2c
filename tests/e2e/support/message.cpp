#include "tests/e2e/support/message.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "tests/e2e/support/wire.h"

namespace lb::e2e {
namespace {

[[noreturn]] void refuses(const std::string& why, std::string_view text) {
  throw WireError(WireError::Kind::kMalformed, why + ": \"" + std::string(text) + '"');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\t') || octet == 0x7f;
  });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view takes_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) refuses("a line without CRLF", text);
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  if (has_controls(line)) refuses("a control character in a head", line);
  return line;
}

bool is_version(std::string_view text) {
  return text == "HTTP/1.1" || text == "HTTP/1.0";
}

}  // namespace

bool Head::has(std::string_view name) const {
  return !values(name).empty();
}

std::vector<std::string> Head::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const Field& field : fields) {
    if (same_text(field.name, name)) found.push_back(field.value);
  }
  return found;
}

std::string Head::value(std::string_view name) const {
  const std::vector<std::string> found = values(name);
  if (found.size() != 1) {
    throw Failure(std::to_string(found.size()) + " fields of the name " + std::string(name) +
                  " in:\n" + raw);
  }
  return found.front();
}

bool Head::lists(std::string_view name, std::string_view token) const {
  for (const std::string& list : values(name)) {
    for (std::string_view rest = list; !rest.empty();) {
      const std::size_t comma = rest.find(',');
      if (same_text(trimmed(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
  }
  return false;
}

RequestHead parse_request_head(const std::string& raw) {
  std::string_view rest = raw;
  const std::string_view line = takes_line(rest);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) refuses("a bad request line", line);
  RequestHead head;
  head.raw = raw;
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  head.version = line.substr(last + 1);
  if (!is_token(head.method) || head.target.empty() || head.target.contains(' ') ||
      !is_version(head.version)) {
    refuses("a bad request line", line);
  }
  head.fields = parse_fields(rest);
  if (head.version == "HTTP/1.1" && head.values("Host").size() != 1) {
    refuses("not exactly one Host", raw);
  }
  return head;
}

ResponseHead parse_response_head(const std::string& raw) {
  std::string_view rest = raw;
  const std::string_view line = takes_line(rest);
  if (line.size() < 13 || !is_version(line.substr(0, 8)) || line[8] != ' ' || line[12] != ' ') {
    refuses("a bad status line", line);
  }
  ResponseHead head;
  head.raw = raw;
  head.version = line.substr(0, 8);
  const char* const digits = line.data() + 9;
  if (std::from_chars(digits, digits + 3, head.status).ptr != digits + 3 || head.status < 100) {
    refuses("a bad status", line);
  }
  head.reason = line.substr(13);
  head.fields = parse_fields(rest);
  return head;
}

std::vector<Field> parse_fields(std::string_view lines) {
  std::vector<Field> fields;
  for (;;) {
    const std::string_view line = takes_line(lines);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      refuses("a bad field line", line);
    }
    fields.push_back({.name = std::string(line.substr(0, colon)),
                      .value = std::string(trimmed(line.substr(colon + 1)))});
  }
  if (!lines.empty()) refuses("bytes after the empty line", lines);
  return fields;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace lb::e2e
