#include <string>

#include "tests/unit/http/everywhere.h"

namespace lb::http {
namespace {

using Kind = Framing::Kind;

ParseResult parse(std::string_view text, ResponseHead& head, Method method = Method::kGet,
                  HeadLimits limits = {}) {
  parse_everywhere(text, limits.head_bytes_max, [&](std::string_view bytes) {
    ResponseHead ignored;
    return parse_response(bytes, limits, method, ignored);
  });
  return parse_response(text, limits, method, head);
}

TEST(ResponseParser, YieldsAllPartsOfAPlainHead) {
  const std::string text =
      "HTTP/1.1 418 I'm a \xc3\xa4 teapot\r\nContent-Length: 3\r\nA: b\r\n\r\npot";
  ResponseHead head;
  const ParseResult result = parse(text, head);
  ASSERT_EQ(result.status, ParseStatus::kDone) << result.refusal.reason;
  EXPECT_EQ(result.bytes, text.size() - 3);
  EXPECT_EQ(head.status, 418);
  EXPECT_EQ(head.reason, "I'm a \xc3\xa4 teapot");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.content_length, 3U);
  EXPECT_EQ(head.framing, (Framing{Kind::kLength, 3}));
  ASSERT_EQ(head.fields.size(), 2U);
  EXPECT_EQ(head.fields[1].text(), "A: b\r\n");
}

TEST(ResponseParser, ForgetsTheHeadBefore) {
  ResponseHead head;
  parse("HTTP/1.0 200 OK\r\nContent-Length: 3\r\nA: b\r\n\r\n", head);
  ASSERT_EQ(parse("HTTP/1.1 200\r\n\r\n", head).status, ParseStatus::kDone);
  EXPECT_TRUE(head.fields.empty());
  EXPECT_FALSE(head.content_length);
  EXPECT_EQ(head.reason, "");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_TRUE(head.keep_alive);
}

struct StatusLine {
  const char* name;
  const char* line;
  std::uint16_t status;
  const char* reason;
};

TEST(ResponseParser, ReadsStatusLines) {
  const StatusLine rows[] = {
      {"a reason", "HTTP/1.1 200 OK", 200, "OK"},
      {"an empty reason", "HTTP/1.1 200 ", 200, ""},
      {"no space after the code", "HTTP/1.1 200", 200, ""},
      {"a reason of blanks and tabs", "HTTP/1.1 200  a\tb ", 200, " a\tb "},
      {"the lowest", "HTTP/1.1 100 Continue", 100, "Continue"},
      {"the highest", "HTTP/1.1 599 Odd", 599, "Odd"},
      {"HTTP/1.0", "HTTP/1.0 404 No", 404, "No"},
  };
  for (const StatusLine& row : rows) {
    SCOPED_TRACE(row.name);
    ResponseHead head;
    const std::string text = std::string(row.line) + "\r\n\r\n";
    ASSERT_EQ(parse(text, head).status, ParseStatus::kDone);
    EXPECT_EQ(head.status, row.status);
    EXPECT_EQ(head.reason, row.reason);
  }
}

struct Body {
  const char* name;
  Method method;
  const char* status;
  const char* fields;
  Framing framing;
};

TEST(ResponseParser, DecidesTheFraming) {
  const char* const length = "Content-Length: 5\r\n";
  const char* const chunked = "Transfer-Encoding: chunked\r\n";
  const Body rows[] = {
      {"a length", Method::kGet, "200", length, {Kind::kLength, 5}},
      {"chunked", Method::kGet, "200", chunked, {Kind::kChunked, 0}},
      {"neither: until close", Method::kGet, "200", "", {Kind::kUntilClose, 0}},
      {"205 with a length", Method::kGet, "205", "Content-Length: 0\r\n", {Kind::kLength, 0}},
      {"HEAD with a length", Method::kHead, "200", length, {}},
      {"HEAD, chunked", Method::kHead, "200", chunked, {}},
      {"HEAD with nothing", Method::kHead, "404", "", {}},
      {"204 with a length", Method::kGet, "204", length, {}},
      {"204, chunked", Method::kGet, "204", chunked, {}},
      {"304 with a length", Method::kGet, "304", length, {}},
      {"304, chunked", Method::kGet, "304", chunked, {}},
      {"100", Method::kPost, "100", "", {}},
      {"103 with a length", Method::kPost, "103", length, {}},
      {"101", Method::kGet, "101", "Upgrade: x\r\n", {Kind::kTunnel, 0}},
      {"CONNECT accepted", Method::kConnect, "200", length, {Kind::kTunnel, 0}},
      {"CONNECT refused", Method::kConnect, "407", length, {Kind::kLength, 5}},
  };
  for (const Body& row : rows) {
    SCOPED_TRACE(row.name);
    ResponseHead head;
    const std::string text = std::string("HTTP/1.1 ") + row.status + " R\r\n" + row.fields + "\r\n";
    ASSERT_EQ(parse(text, head, row.method).status, ParseStatus::kDone);
    EXPECT_EQ(head.framing, row.framing);
    EXPECT_EQ(head.content_length.has_value(), text.find("Content-Length") != std::string::npos);
  }
}

TEST(ResponseParser, TellsInterimFromFinal) {
  ResponseHead head;
  for (const int status : {100, 102, 103, 199}) {
    head.status = static_cast<std::uint16_t>(status);
    EXPECT_TRUE(head.interim()) << status;
  }
  for (const int status : {101, 200, 404}) {
    head.status = static_cast<std::uint16_t>(status);
    EXPECT_FALSE(head.interim()) << status;
  }
}

struct Persistence {
  const char* name;
  const char* text;
  bool keep_alive;
};

TEST(ResponseParser, KnowsWhetherTheConnectionStays) {
  const Persistence rows[] = {
      {"1.1 stays", "HTTP/1.1 200 OK\r\n\r\n", true},
      {"1.1 close", "HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", false},
      {"1.0 closes", "HTTP/1.0 200 OK\r\n\r\n", false},
      {"1.0 keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const Persistence& row : rows) {
    SCOPED_TRACE(row.name);
    ResponseHead head;
    ASSERT_EQ(parse(row.text, head).status, ParseStatus::kDone);
    EXPECT_EQ(head.keep_alive, row.keep_alive);
  }
}

struct Refused {
  const char* name;
  std::string_view text;
};

void expect_refused(const Refused& row, Method method = Method::kGet, HeadLimits limits = {}) {
  SCOPED_TRACE(row.name);
  ResponseHead head;
  const ParseResult result = parse(row.text, head, method, limits);
  EXPECT_EQ(result.status, ParseStatus::kRefused);
  EXPECT_EQ(result.refusal.status, 502);
  EXPECT_FALSE(result.refusal.reason.empty());
}

TEST(ResponseParser, RefusesBadSyntax) {
  using namespace std::string_view_literals;
  const Refused rows[] = {
      {"garbage", "HELLO THERE\r\n\r\n"sv},
      {"a blank line before", "\r\nHTTP/1.1 200 OK\r\n\r\n"sv},
      {"a space before", " HTTP/1.1 200 OK\r\n\r\n"sv},
      {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"sv},
      {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n"sv},
      {"lower case", "http/1.1 200 OK\r\n\r\n"sv},
      {"another protocol", "ICY 200 OK\r\n\r\n"sv},
      {"a version alone", "HTTP/1.1\r\n\r\n"sv},
      {"a tab before the code", "HTTP/1.1\t200 OK\r\n\r\n"sv},
      {"two spaces before the code", "HTTP/1.1  200 OK\r\n\r\n"sv},
      {"letters for a code", "HTTP/1.1 abc OK\r\n\r\n"sv},
      {"no code", "HTTP/1.1 \r\n\r\n"sv},
      {"two digits", "HTTP/1.1 20 OK\r\n\r\n"sv},
      {"four digits", "HTTP/1.1 2000 OK\r\n\r\n"sv},
      {"a sign", "HTTP/1.1 +20 OK\r\n\r\n"sv},
      {"a code below 100", "HTTP/1.1 099 OK\r\n\r\n"sv},
      {"a code above 599", "HTTP/1.1 600 OK\r\n\r\n"sv},
      {"a tab after the code", "HTTP/1.1 200\tOK\r\n\r\n"sv},
      {"a control in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n"sv},
      {"a bare CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n"sv},
      {"a bare LF after the reason", "HTTP/1.1 200 OK\nA: b\r\n\r\n"sv},
      {"a bare LF everywhere", "HTTP/1.1 200 OK\nA: b\n\n"sv},
      {"a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"sv},
      {"a space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"sv},
      {"white space before the first field", "HTTP/1.1 200 OK\r\n A: b\r\nC: d\r\n\r\n"sv},
      {"no colon", "HTTP/1.1 200 OK\r\nA\r\n\r\n"sv},
      {"NUL in a value", "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"sv},
      {"a bare CR in a value", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"sv},
  };
  for (const Refused& row : rows) expect_refused(row);
}

TEST(ResponseParser, RefusesBadFramingEvenWhereThereIsNoBody) {
  const Refused rows[] = {
      {"two lengths that differ", "Content-Length: 5\r\nContent-Length: 6\r\n"},
      {"two lengths that are equal", "Content-Length: 5\r\nContent-Length: 5\r\n"},
      {"a list of lengths", "Content-Length: 5, 5\r\n"},
      {"a negative length", "Content-Length: -5\r\n"},
      {"an empty length", "Content-Length:\r\n"},
      {"a length that overflows", "Content-Length: 9223372036854775808\r\n"},
      {"both", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"},
      {"both, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"},
      {"an unknown coding", "Transfer-Encoding: gzip, chunked\r\n"},
      {"an unknown coding alone", "Transfer-Encoding: gzip\r\n"},
      {"chunked not last", "Transfer-Encoding: chunked, gzip\r\n"},
      {"chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
      {"an empty coding", "Transfer-Encoding:\r\n"},
  };
  for (const Refused& row : rows) {
    for (const char* line : {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 304 No\r\n", "HTTP/1.1 100 Go\r\n"}) {
      const std::string text = line + std::string(row.text) + "\r\n";
      expect_refused({row.name, text});
      expect_refused({row.name, text}, Method::kHead);
    }
  }
  expect_refused({"a coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"});
}

TEST(ResponseParser, RefusesWhatIsTooLarge) {
  constexpr HeadLimits kSmall{.head_bytes_max = 48, .fields_max = 2};
  const std::string a60(60, 'a');
  const std::string reason = "HTTP/1.1 200 " + a60;
  const std::string field = "HTTP/1.1 200 OK\r\nA: " + a60 + "\r\n\r\n";
  expect_refused({"a reason", reason}, Method::kGet, kSmall);
  expect_refused({"a field", field}, Method::kGet, kSmall);
  expect_refused({"too many fields", "HTTP/1.1 200 OK\r\nA: b\r\nA: b\r\nA: b\r\n\r\n"},
                 Method::kGet, kSmall);
  expect_refused({"too many options", "HTTP/1.1 200 OK\r\nConnection: a,b,c\r\n\r\n"}, Method::kGet,
                 kSmall);
}

}  // namespace
}  // namespace lb::http
