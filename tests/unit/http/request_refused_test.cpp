// Requests that are refused, one row each: RFC 9112 2.2, 3, 5, 6, 11.2.

#include <cctype>
#include <string>

#include "tests/unit/http/everywhere.h"

namespace lb::http {
namespace {

ParseResult parse(std::string_view text, HeadLimits limits = {}) {
  return parse_everywhere(text, limits.head_bytes_max, [&](std::string_view bytes) {
    RequestHead head;
    return parse_request(bytes, limits, head);
  });
}

struct Row {
  const char* name;
  std::string_view text;
  std::uint16_t status = 400;
};

void expect_refused(const Row& row, std::string_view text, HeadLimits limits = {}) {
  SCOPED_TRACE(row.name);
  const ParseResult result = parse(text, limits);
  EXPECT_EQ(result.status, ParseStatus::kRefused);
  EXPECT_EQ(result.refusal.status, row.status) << result.refusal.reason;
  EXPECT_FALSE(result.refusal.reason.empty());
  EXPECT_EQ(result.bytes, 0U);
}

TEST(RequestRefused, RequestLine) {
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"three blank lines", "\r\n\r\n\r\nGET / HTTP/1.1"sv},
      {"a bare LF before", "\nGET / HTTP/1.1"sv},
      {"a bare CR before", "\rGET / HTTP/1.1"sv},
      {"a space before", " GET / HTTP/1.1"sv},
      {"no target", "GET HTTP/1.1"sv},
      {"HTTP/0.9", "GET /"sv},
      {"an empty target", "GET  HTTP/1.1"sv},
      {"two spaces before the target", "GET  / HTTP/1.1"sv},
      {"two spaces after the target", "GET /  HTTP/1.1"sv},
      {"a tab for a space", "GET\t/ HTTP/1.1"sv},
      {"a tab after the target", "GET /\tHTTP/1.1"sv},
      {"a space within the target", "GET /a b HTTP/1.1"sv},
      {"a space after the version", "GET / HTTP/1.1 "sv},
      {"more after the version", "GET / HTTP/1.1 x"sv},
      {"a delimiter in the method", "GE(T / HTTP/1.1"sv},
      {"a colon in the method", "GET: / HTTP/1.1"sv},
      {"obs-text in the method", "G\xc9T / HTTP/1.1"sv},
      {"a control in the method", "G\x01T / HTTP/1.1"sv},
      {"NUL in the method", "G\0T / HTTP/1.1"sv},
      {"NUL in the target", "GET /\0 HTTP/1.1"sv},
      {"a control in the target", "GET /\x1f HTTP/1.1"sv},
      {"DEL in the target", "GET /\x7f HTTP/1.1"sv},
      {"a bare CR in the target", "GET /a\rb HTTP/1.1"sv},
      {"a bare LF in the target", "GET /a\nb HTTP/1.1"sv},
      {"a bare CR after the version", "GET / HTTP/1.1\rHost: h"sv},
      {"a bare LF after the version", "GET / HTTP/1.1\nHost: h"sv},
      {"TLS", "\x16\x03\x01\x02"sv},
  };
  for (const Row& row : rows) {
    expect_refused(row, std::string(row.text) + "\r\nHost: h\r\n\r\n");
  }
}

TEST(RequestRefused, Version) {
  const Row rows[] = {
      {"lower case", "GET / http/1.1"},
      {"mixed case", "GET / Http/1.1"},
      {"no digits", "GET / HTTP/"},
      {"no minor version", "GET / HTTP/1"},
      {"no minor digit", "GET / HTTP/1."},
      {"two minor digits", "GET / HTTP/1.10"},
      {"two major digits", "GET / HTTP/11.1"},
      {"a leading zero", "GET / HTTP/01.1"},
      {"a comma", "GET / HTTP/1,1"},
      {"a sign", "GET / HTTP/+1.1"},
      {"letters", "GET / HTTP/x.y"},
      {"another name", "GET / HTTQ/1.1"},
      {"0.9", "GET / HTTP/0.9", 505},
      {"1.2", "GET / HTTP/1.2", 505},
      {"1.9", "GET / HTTP/1.9", 505},
      {"2.0", "GET / HTTP/2.0", 505},
      {"3.0", "GET / HTTP/3.0", 505},
      {"the HTTP/2 preface", "PRI * HTTP/2.0", 505},
  };
  for (const Row& row : rows) {
    expect_refused(row, std::string(row.text) + "\r\nHost: h\r\n\r\n");
  }
}

TEST(RequestRefused, Target) {
  const Row rows[] = {
      {"no form at all", "GET a HTTP/1.1"},
      {"a relative path", "GET a/b HTTP/1.1"},
      {"a query alone", "GET ?q HTTP/1.1"},
      {"asterisk-form of GET", "GET * HTTP/1.1"},
      {"asterisk and more", "OPTIONS *a HTTP/1.1"},
      {"authority-form without CONNECT", "GET a:80 HTTP/1.1"},
      {"another scheme", "GET ftp://a/ HTTP/1.1"},
      {"a scheme with one slash", "GET http:/a/ HTTP/1.1"},
      {"a scheme alone", "GET http:// HTTP/1.1"},
      {"no authority", "GET http:///p HTTP/1.1"},
      {"a port alone", "GET http://:80/ HTTP/1.1"},
      {"userinfo", "GET http://u@a/ HTTP/1.1"},
      {"userinfo with a password", "GET http://u:p@a/ HTTP/1.1"},
      {"a backslash in the authority", "GET http://a\\b/ HTTP/1.1"},
      {"a fragment at the authority", "GET http://a#f HTTP/1.1"},
      {"a port that is none", "GET http://a:8o/ HTTP/1.1"},
      {"CONNECT", "CONNECT a:443 HTTP/1.1", 501},
      {"CONNECT in a wrong form", "CONNECT / HTTP/1.1", 501},
  };
  for (const Row& row : rows) {
    expect_refused(row, std::string(row.text) + "\r\nHost: h\r\n\r\n");
  }
}

TEST(RequestRefused, EveryOctetWhereItMayNotStand) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (int octet = 0; octet <= 0xff; ++octet) {
    const std::string c(1, static_cast<char>(octet));
    const std::string host = "\r\nHost: h\r\n";
    SCOPED_TRACE(octet);
    const bool control = octet < ' ' || octet == 0x7f;
    const bool letter = octet < 0x80 && std::isalnum(octet) != 0;
    if (control || octet == ' ')
      expect_refused({"target", ""}, "GET /a" + c + "b HTTP/1.1" + host + "\r\n");
    if (control && octet != '\t') {
      expect_refused({"value", ""}, "GET / HTTP/1.1" + host + "X: a" + c + "b\r\n\r\n");
    }
    if (letter || kMarks.contains(c)) continue;
    if (octet != ':') {
      expect_refused({"name", ""}, "GET / HTTP/1.1" + host + "X" + c + "Y: a\r\n\r\n");
    }
    if (octet != ' ') expect_refused({"method", ""}, "G" + c + "T / HTTP/1.1" + host + "\r\n");
  }
}

TEST(RequestRefused, FieldLines) {
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"a space before the colon", "X : y\r\n"sv},
      {"a tab before the colon", "X\t: y\r\n"sv},
      {"a folded line", "X: y\r\n z\r\n"sv},
      {"a line folded by a tab", "X: y\r\n\tz\r\n"sv},
      {"a line of white space", "X: y\r\n \r\n"sv},
      {"no colon", "X\r\n"sv},
      {"no name", ": y\r\n"sv},
      {"a delimiter in the name", "X(: y\r\n"sv},
      {"a space within the name", "X Y: z\r\n"sv},
      {"obs-text in the name", "X\xc3: y\r\n"sv},
      {"NUL in the name", "X\0: y\r\n"sv},
      {"NUL in the value", "X: a\0b\r\n"sv},
      {"a control in the value", "X: a\x01\r\n"sv},
      {"a vertical tab in the value", "X: \x0b\r\n"sv},
      {"ESC far into the value", "X: 0123456789abcdef0123456789abcdef\x1b\r\n"sv},
      {"DEL in the value", "X: a\x7f\r\n"sv},
      {"a bare CR in the value", "X: a\rb\r\n"sv},
      {"a bare CR at the end", "X: a\r\r\n"sv},
      {"a bare LF in the value", "X: a\nb\r\n"sv},
      {"a bare LF that ends a line", "X: a\nY: b\r\n"sv},
      {"a bare LF that ends the head", "X: a\r\n\n"sv},
      {"LF CR", "X: a\n\rY: b\r\n"sv},
      {"a bare CR that hides a line", "X: a\rTransfer-Encoding: chunked\r\n"sv},
  };
  for (const Row& row : rows) {
    expect_refused(row, "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(row.text) + "\r\n");
  }
  expect_refused({"white space before the first field", ""},
                 "GET / HTTP/1.1\r\n Host: h\r\nHost: h\r\n\r\n");
  expect_refused({"bare LF everywhere", ""}, "GET / HTTP/1.1\nHost: h\n\n");
}

TEST(RequestRefused, Host) {
  const Row rows[] = {
      {"missing", ""},
      {"repeated", "Host: a\r\nHost: b\r\n"},
      {"repeated and equal", "Host: a\r\nHost: a\r\n"},
      {"repeated, once empty", "Host:\r\nHost: a\r\n"},
      {"repeated in another case", "Host: a\r\nX: y\r\nhOST: a\r\n"},
      {"a list", "Host: a, b\r\n"},
      {"a comma", "Host: a,b\r\n"},
      {"a space", "Host: a b\r\n"},
      {"a path", "Host: a/b\r\n"},
      {"a URI", "Host: http://a\r\n"},
      {"userinfo", "Host: u@a\r\n"},
      {"a query", "Host: a?b\r\n"},
      {"a fragment", "Host: a#b\r\n"},
      {"a quote", "Host: a\"b\r\n"},
      {"a backslash", "Host: a\\b\r\n"},
      {"obs-text", "Host: \xc3\xa4\r\n"},
      {"a port of letters", "Host: a:b\r\n"},
      {"a port too many", "Host: a:1:2\r\n"},
      {"an IPv6 address without brackets", "Host: ::1\r\n"},
  };
  for (const Row& row : rows) {
    expect_refused(row, "GET / HTTP/1.1\r\n" + std::string(row.text) + "\r\n");
    if (std::string_view(row.name) == "missing") continue;
    expect_refused(row, "GET / HTTP/1.0\r\n" + std::string(row.text) + "\r\n");
    expect_refused(row, "GET http://x/ HTTP/1.1\r\n" + std::string(row.text) + "\r\n");
  }
  expect_refused({"missing beside an absolute-form", ""}, "GET http://a/ HTTP/1.1\r\nX: y\r\n\r\n");
}

TEST(RequestRefused, ContentLength) {
  const Row rows[] = {
      {"empty", "Content-Length:\r\n"},
      {"negative", "Content-Length: -5\r\n"},
      {"with a plus", "Content-Length: +5\r\n"},
      {"letters after", "Content-Length: 5a\r\n"},
      {"hexadecimal", "Content-Length: 0x5\r\n"},
      {"a fraction", "Content-Length: 5.0\r\n"},
      {"two numbers", "Content-Length: 5 5\r\n"},
      {"a list of equals", "Content-Length: 5, 5\r\n"},
      {"a list that differs", "Content-Length: 5, 6\r\n"},
      {"an empty list member", "Content-Length: 5,\r\n"},
      {"quoted", "Content-Length: \"5\"\r\n"},
      {"repeated and equal", "Content-Length: 5\r\nContent-Length: 5\r\n"},
      {"repeated and different", "Content-Length: 5\r\nContent-Length: 6\r\n"},
      {"repeated, the first bad", "Content-Length: x\r\nContent-Length: 6\r\n"},
      {"repeated, both bad", "Content-Length: x\r\nContent-Length: y\r\n"},
      {"repeated in another case", "Content-Length: 5\r\ncontent-LENGTH: 5\r\n"},
      {"2^63", "Content-Length: 9223372036854775808\r\n"},
      {"2^64 + 5", "Content-Length: 18446744073709551621\r\n"},
      {"twenty digits", "Content-Length: 00000000000000000005\r\n"},
      {"sixty digits", "Content-Length: 999999999999999999999999999999999999999999999999999\r\n"},
      {"obs-text digits", "Content-Length: \xd9\xa5\r\n"},
  };
  for (const Row& row : rows) {
    expect_refused(row, "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(row.text) + "\r\nhello");
  }
}

TEST(RequestRefused, TransferEncoding) {
  const Row rows[] = {
      {"empty", "Transfer-Encoding:\r\n"},
      {"commas only", "Transfer-Encoding: , ,\r\n"},
      {"identity", "Transfer-Encoding: identity\r\n"},
      {"gzip alone", "Transfer-Encoding: gzip\r\n"},
      {"xchunked", "Transfer-Encoding: xchunked\r\n"},
      {"chunkedx", "Transfer-Encoding: chunkedx\r\n"},
      {"quoted", "Transfer-Encoding: \"chunked\"\r\n"},
      {"with a parameter", "Transfer-Encoding: chunked;q=1\r\n"},
      {"with an empty parameter", "Transfer-Encoding: chunked;\r\n"},
      {"twice", "Transfer-Encoding: chunked, chunked\r\n"},
      {"twice, over two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
      {"not last", "Transfer-Encoding: chunked, gzip\r\n"},
      {"identity after it", "Transfer-Encoding: chunked, identity\r\n"},
      {"not last, over two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"},
      {"between", "Transfer-Encoding: chunked, gzip, chunked\r\n"},
      {"two words", "Transfer-Encoding: gzip chunked\r\n"},
      {"no token", "Transfer-Encoding: (x), chunked\r\n"},
      {"unknown before it", "Transfer-Encoding: gzip, chunked\r\n", 501},
      {"unknown, over two lines", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501},
      {"identity before it", "Transfer-Encoding: identity, chunked\r\n", 501},
      {"a parameter of another", "Transfer-Encoding: x;a=b, chunked\r\n", 501},
      {"with a length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
      {"after a length", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
      {"unknown with a length", "Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n"},
      {"with a length of zero", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"},
  };
  for (const Row& row : rows) {
    expect_refused(row, "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(row.text) + "\r\n");
  }
  expect_refused({"in HTTP/1.0", ""}, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
  expect_refused({"unknown in HTTP/1.0", ""},
                 "POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
}

TEST(RequestRefused, TooLarge) {
  constexpr HeadLimits kSmall{.head_bytes_max = 64, .fields_max = 3};
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string a40(40, 'a');
  expect_refused({"a request line", "", 414}, "GET /" + a40 + a40 + " HTTP/1.1\r\n\r\n", kSmall);
  expect_refused({"a method", "", 414}, a40 + a40 + " / HTTP/1.1\r\n\r\n", kSmall);
  expect_refused({"a request line behind blank lines", "", 414}, "\r\n\r\nGET /" + a40 + a40,
                 kSmall);
  expect_refused({"a field line", "", 431}, line + "Host: h\r\nX: " + a40 + a40, kSmall);
  expect_refused({"a head one octet too long", "", 431},
                 line + "Host: h\r\nX: " + std::string(33, 'a') + "\r\n\r\n", kSmall);
  expect_refused({"one field too many", "", 431}, line + "Host: h\r\nA: b\r\nA: b\r\nA: b\r\n\r\n",
                 kSmall);
  expect_refused({"more options of the connection than fields", "", 431},
                 line + "Host: h\r\nConnection: a,b,c,d\r\n\r\n", kSmall);
  RequestHead head;
  const std::string large(100'000, 'a');
  EXPECT_EQ(parse_request("GET /" + large, {}, head).refusal.status, 414);
  EXPECT_EQ(parse_request(line + "X: " + large, {}, head).refusal.status, 431);
}

}  // namespace
}  // namespace lb::http
