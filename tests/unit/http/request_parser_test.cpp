// Requests that are accepted, and what they are understood to be. What is refused is in
// request_refused_test.cpp.

#include <string>

#include "tests/unit/http/everywhere.h"

namespace lb::http {
namespace {

using Kind = Framing::Kind;

ParseResult parse(std::string_view text, RequestHead& head, HeadLimits limits = {}) {
  parse_everywhere(text, limits.head_bytes_max, [&](std::string_view bytes) {
    RequestHead ignored;
    return parse_request(bytes, limits, ignored);
  });
  return parse_request(text, limits, head);
}

ParseResult expect_done(std::string_view text, RequestHead& head, HeadLimits limits = {}) {
  const ParseResult result = parse(text, head, limits);
  EXPECT_EQ(result.status, ParseStatus::kDone) << result.refusal.reason;
  return result;
}

TEST(RequestParser, YieldsAllPartsOfAPlainHead) {
  const std::string text = "GET /a?b=c HTTP/1.1\r\nHost: x.example\r\nX-A:\t v  w \t\r\n\r\nrest";
  RequestHead head;
  const ParseResult result = expect_done(text, head);
  EXPECT_EQ(result.bytes, text.size() - 4);
  EXPECT_EQ(head.method_text, "GET");
  EXPECT_EQ(head.method, Method::kGet);
  EXPECT_EQ(head.target, "/a?b=c");
  EXPECT_EQ(head.path, "/a?b=c");
  EXPECT_EQ(head.host, "x.example");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_TRUE(head.has_host);
  EXPECT_FALSE(head.absolute_form);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expects_continue);
  EXPECT_EQ(head.framing, Framing());
  ASSERT_EQ(head.fields.size(), 2U);
  EXPECT_EQ(head.fields[0].id, FieldId::kHost);
  EXPECT_EQ(head.fields[1].name(), "X-A");
  EXPECT_EQ(head.fields[1].value(), "v  w");
  EXPECT_EQ(head.fields[1].text(), "X-A:\t v  w \t\r\n");
}

TEST(RequestParser, ForgetsTheHeadBefore) {
  RequestHead head;
  expect_done("POST http://a/ HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\n", head);
  expect_done("GET / HTTP/1.1\r\nHost: b\r\n\r\n", head);
  EXPECT_EQ(head.fields.size(), 1U);
  EXPECT_EQ(head.framing, Framing());
  EXPECT_FALSE(head.absolute_form);
  EXPECT_EQ(head.host, "b");
  EXPECT_TRUE(head.keep_alive);
}

struct Line {
  const char* name;
  const char* line;
  const char* method;
  const char* path;
  const char* host = "h";
};

TEST(RequestParser, UnderstandsEveryFormOfTarget) {
  const Line rows[] = {
      {"origin-form", "GET /a/../b//%2e?x=1&&y=[]{}|\\^`\"<> HTTP/1.1", "GET",
       "/a/../b//%2e?x=1&&y=[]{}|\\^`\"<>"},
      {"obs-text in a target", "GET /\xc3\xa4\xff HTTP/1.1", "GET", "/\xc3\xa4\xff"},
      {"fragment is kept", "GET /a#b HTTP/1.1", "GET", "/a#b"},
      {"unknown method", "BREW /pot HTTP/1.1", "BREW", "/pot"},
      {"method is case-sensitive", "get / HTTP/1.1", "get", "/"},
      {"every token octet in a method", "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1", "!#$%&'*+-.^_`|~09azAZ",
       "/"},
      {"asterisk-form", "OPTIONS * HTTP/1.1", "OPTIONS", "*"},
      {"absolute-form", "GET http://a.example:81/p?q HTTP/1.1", "GET", "/p?q", "a.example:81"},
      {"absolute-form of https", "GET HTTPS://a.example/p HTTP/1.1", "GET", "/p", "a.example"},
      {"absolute-form, scheme in any case", "GET hTTp://a/p HTTP/1.1", "GET", "/p", "a"},
      {"absolute-form without path", "GET http://a HTTP/1.1", "GET", "/", "a"},
      {"absolute-form with a query only", "GET http://a?q=/ HTTP/1.1", "GET", "?q=/", "a"},
      {"absolute-form with another URI inside", "GET http://a/http://b@c/ HTTP/1.1", "GET",
       "/http://b@c/", "a"},
      {"absolute-form of IPv6", "GET http://[::1]:80/ HTTP/1.1", "GET", "/", "[::1]:80"},
      {"OPTIONS of a whole server", "OPTIONS http://a HTTP/1.1", "OPTIONS", "*", "a"},
      {"OPTIONS of a path", "OPTIONS http://a/ HTTP/1.1", "OPTIONS", "/", "a"},
  };
  for (const Line& row : rows) {
    SCOPED_TRACE(row.name);
    RequestHead head;
    const std::string text = std::string(row.line) + "\r\nHost: h\r\n\r\n";
    expect_done(text, head);
    EXPECT_EQ(head.method_text, row.method);
    EXPECT_EQ(head.path, row.path);
    EXPECT_EQ(head.host, row.host);
    EXPECT_EQ(head.absolute_form, std::string_view(row.host) != "h");
  }
}

TEST(RequestParser, AcceptsEveryOctetOfATarget) {
  std::string target = "/";
  for (int octet = 0x21; octet <= 0xff; ++octet) {
    if (octet != 0x7f) target += static_cast<char>(octet);
  }
  RequestHead head;
  const std::string text = "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
  expect_done(text, head);
  EXPECT_EQ(head.path, target);
}

struct Persistence {
  const char* name;
  const char* version;
  const char* fields;
  bool keep_alive;
};

TEST(RequestParser, KnowsWhetherTheConnectionStays) {
  const Persistence rows[] = {
      {"1.1 stays", "1.1", "", true},
      {"1.1 close", "1.1", "Connection: close\r\n", false},
      {"any case, in a list", "1.1", "Connection: x, CLOSE ,y\r\n", false},
      {"over two lines", "1.1", "Connection: x\r\nConnection: close\r\n", false},
      {"close wins", "1.1", "Connection: keep-alive, close\r\n", false},
      {"not a part of a name", "1.1", "Connection: closed, x-close\r\n", true},
      {"1.0 closes", "1.0", "", false},
      {"1.0 keep-alive", "1.0", "Connection: Keep-Alive\r\n", true},
      {"1.0 close wins", "1.0", "Connection: close, keep-alive\r\n", false},
      {"Proxy-Connection says nothing", "1.0", "Proxy-Connection: keep-alive\r\n", false},
  };
  for (const Persistence& row : rows) {
    SCOPED_TRACE(row.name);
    RequestHead head;
    const std::string text =
        std::string("GET / HTTP/") + row.version + "\r\nHost: h\r\n" + row.fields + "\r\n";
    expect_done(text, head);
    EXPECT_EQ(head.keep_alive, row.keep_alive);
  }
}

struct Body {
  const char* name;
  const char* fields;
  Framing framing;
};

TEST(RequestParser, DecidesTheFraming) {
  const Body rows[] = {
      {"nothing declared", "", {}},
      {"zero", "Content-Length: 0\r\n", {Kind::kLength, 0}},
      {"a number", "Content-Length: 42\r\n", {Kind::kLength, 42}},
      {"leading zeros", "Content-Length: 007\r\n", {Kind::kLength, 7}},
      {"white space around", "Content-Length:\t 7 \t\r\n", {Kind::kLength, 7}},
      {"the largest", "Content-Length: 9223372036854775807\r\n", {Kind::kLength, INT64_MAX}},
      {"chunked", "Transfer-Encoding: chunked\r\n", {Kind::kChunked, 0}},
      {"chunked in any case", "TRANSFER-encoding: ChUnKeD\r\n", {Kind::kChunked, 0}},
      {"empty list members", "Transfer-Encoding: , chunked,\r\n", {Kind::kChunked, 0}},
      {"names that only look like it", "Transfer_Encoding: chunked\r\nContent_Length: 3\r\n", {}},
  };
  for (const Body& row : rows) {
    SCOPED_TRACE(row.name);
    RequestHead head;
    const std::string text = std::string("POST / HTTP/1.1\r\nHost: h\r\n") + row.fields + "\r\n";
    expect_done(text, head);
    EXPECT_EQ(head.framing, row.framing);
  }
}

TEST(RequestParser, SeesExpectContinueOfHttp11Only) {
  RequestHead head;
  expect_done("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n", head);
  EXPECT_TRUE(head.expects_continue);
  expect_done("POST / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\n\r\n", head);
  EXPECT_FALSE(head.expects_continue);
  expect_done("POST / HTTP/1.1\r\nHost: h\r\nExpect: something\r\n\r\n", head);
  EXPECT_FALSE(head.expects_continue);
}

TEST(RequestParser, AcceptsHttp10WithoutHostAndAnEmptyHost) {
  RequestHead head;
  expect_done("GET / HTTP/1.0\r\n\r\n", head);
  EXPECT_FALSE(head.has_host);
  EXPECT_EQ(head.minor_version, 0);
  expect_done("GET / HTTP/1.1\r\nHost:\r\n\r\n", head);
  EXPECT_TRUE(head.has_host);
  EXPECT_EQ(head.host, "");
}

TEST(RequestParser, SkipsTwoBlankLinesBeforeAHead) {
  RequestHead head;
  const std::string_view text = "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(expect_done(text, head).bytes, text.size());
  EXPECT_EQ(head.method_text, "GET");
}

TEST(RequestParser, AcceptsEveryOctetThatIsLegalInNamesAndValues) {
  std::string value = "\t ";
  for (int octet = 0x21; octet <= 0xff; ++octet) {
    if (octet != 0x7f) value += static_cast<char>(octet);
  }
  RequestHead head;
  const std::string text =
      "GET / HTTP/1.1\r\nHost: h\r\n1!#$%&'*+-.^_`|~x: a" + value + "\r\nX-Empty:\r\n\r\n";
  expect_done(text, head);
  EXPECT_EQ(head.fields[1].name(), "1!#$%&'*+-.^_`|~x");
  EXPECT_EQ(head.fields[1].value(), "a" + value);
  EXPECT_EQ(head.fields[2].value(), "");
}

TEST(RequestParser, AcceptsARequestLineOfEightThousandOctets) {
  RequestHead head;
  const std::string text = "GET /" + std::string(7986, 'u') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  const ParseResult result = parse_request(text, {}, head);
  EXPECT_EQ(result.status, ParseStatus::kDone);
  EXPECT_EQ(head.path.size(), 7987U);
}

TEST(RequestParser, AcceptsAHeadThatJustFits) {
  const std::string_view text = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
  RequestHead head;
  const auto bytes = static_cast<std::uint32_t>(text.size());
  expect_done(text, head, {.head_bytes_max = bytes, .fields_max = 2});
  expect_done(std::string(text) + "body", head, {.head_bytes_max = bytes, .fields_max = 2});
}

TEST(RequestParser, AsksForMoreWhereTheTextEnds) {
  RequestHead head;
  for (const char* text : {"", "G", "GET", "GET ", "GET /", "GET / ", "GET / HTTP/2", "\r", "\r\n",
                           "\r\n\r", "\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse(text, head).status, ParseStatus::kIncomplete);
  }
}

}  // namespace
}  // namespace lb::http
