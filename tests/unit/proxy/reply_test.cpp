#include "lb/proxy/reply.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/proxy/fake_stream.h"

namespace lb::proxy {
namespace {

Reply after(ErrorCode code, Phase phase) {
  return reply_to_failure({.code = code, .side = Side::kUpstream, .phase = phase}, "a:80");
}

TEST(Reply, ToAFailureToConnect) {
  const Reply reply = after(ErrorCode::kRefused, Phase::kConnect);
  EXPECT_EQ(reply.status, 502);
  EXPECT_EQ(reply.text, "502 Bad Gateway: cannot connect to a:80: connection refused\n");
}

TEST(Reply, ToATimeoutToConnect) {
  const Reply reply = after(ErrorCode::kTimedOut, Phase::kConnect);
  EXPECT_EQ(reply.status, 502);
  EXPECT_EQ(reply.text, "502 Bad Gateway: cannot connect to a:80: timed out\n");
}

// The errno tells what is short, and on which side.
TEST(Reply, ToAShortageIs503WhereItIsOurOwn) {
  const auto text_after = [](int errno_value) {
    const Error error{.code = ErrorCode::kExhausted,
                      .side = Side::kUpstream,
                      .phase = Phase::kConnect,
                      .errno_value = errno_value};
    return reply_to_failure(error, "a:80").text;
  };
  const std::string own = "503 Service Unavailable: cannot connect to a:80: lb is out of ";
  EXPECT_EQ(text_after(EMFILE), own + "file descriptors\n");
  EXPECT_EQ(text_after(ENFILE), own + "file descriptors\n");
  EXPECT_EQ(text_after(EADDRNOTAVAIL), own + "local ports\n");
  EXPECT_EQ(text_after(ENOBUFS), own + "memory\n");
  EXPECT_EQ(text_after(ENOMEM), own + "memory\n");
  EXPECT_EQ(text_after(EAGAIN), "502 Bad Gateway: cannot connect to a:80: its backlog is full\n");
}

TEST(Reply, ToASilentServer) {
  const Reply reply = after(ErrorCode::kTimedOut, Phase::kHead);
  EXPECT_EQ(reply.status, 504);
  EXPECT_EQ(reply.text, "504 Gateway Timeout: no response from a:80 within --server-timeout\n");
}

TEST(Reply, ToACutOrGarbage) {
  EXPECT_EQ(after(ErrorCode::kClosed, Phase::kHead).text,
            "502 Bad Gateway: no valid response from a:80: connection closed\n");
  EXPECT_EQ(after(ErrorCode::kReset, Phase::kHead).text,
            "502 Bad Gateway: no valid response from a:80: connection reset\n");
  EXPECT_EQ(after(ErrorCode::kMalformed, Phase::kHead).text,
            "502 Bad Gateway: no valid response from a:80: malformed message\n");
}

TEST(Reply, ToAHeadThatIsTooLargeNamesTheFlag) {
  EXPECT_EQ(after(ErrorCode::kTooLarge, Phase::kHead).text,
            "502 Bad Gateway: no valid response from a:80: head larger than "
            "--max-response-header-size\n");
}

TEST(Reply, ToARefusal) {
  const Reply reply = reply_to_refusal({.status = 431, .reason = "too many fields"});
  EXPECT_EQ(reply.status, 431);
  EXPECT_EQ(reply.text, "431 Request Header Fields Too Large: too many fields\n");
}

TEST(Reply, WhereNobodyIsUpTellsOfEachServer) {
  const Reply reply = reply_nobody_up("a:80: connection refused\n");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.text, "503 Service Unavailable: no server is up\na:80: connection refused\n");
}

TEST(Reply, ToALoop) {
  EXPECT_EQ(reply_loop().status, 508);
  EXPECT_EQ(reply_loop().text, "508 Loop Detected: the request has passed here before (Via)\n");
}

TEST(Reply, OfTheLastHop) {
  const Reply trace = reply_last_hop(http::Method::kTrace);
  EXPECT_EQ(trace.status, 405);
  EXPECT_EQ(trace.text, "405 Method Not Allowed: Max-Forwards is 0\n");
  EXPECT_TRUE(trace.extra_line.starts_with("Allow: GET, "));
  const Reply options = reply_last_hop(http::Method::kOptions);
  EXPECT_EQ(options.status, 200);
  EXPECT_EQ(options.text, "");
  EXPECT_TRUE(options.extra_line.starts_with("Allow: GET, "));
}

TEST(ReasonPhrase, IsTheRegisteredOne) {
  struct Row {
    std::uint16_t status;
    std::string_view phrase;
  };
  for (const Row& row :
       {Row{400, "Bad Request"}, Row{405, "Method Not Allowed"}, Row{408, "Request Timeout"},
        Row{413, "Content Too Large"}, Row{414, "URI Too Long"},
        Row{431, "Request Header Fields Too Large"}, Row{500, "Internal Server Error"},
        Row{501, "Not Implemented"}, Row{502, "Bad Gateway"}, Row{503, "Service Unavailable"},
        Row{504, "Gateway Timeout"}, Row{505, "HTTP Version Not Supported"},
        Row{508, "Loop Detected"}, Row{200, "OK"}, Row{299, "Error"}}) {
    EXPECT_EQ(reason_phrase(row.status), row.phrase);
  }
}

TEST(SendReply, SendsTheTextAsTheWholeResponse) {
  FakeStream stream;
  send_reply(stream, {502, "broken\n"}, false, kDateLine);
  EXPECT_EQ(stream.status, 502);
  EXPECT_EQ(stream.reason, "Bad Gateway");
  EXPECT_EQ(stream.fields,
            std::string(kDateLine) +
                "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n");
  EXPECT_EQ(stream.framing, (http::Framing{http::Framing::Kind::kLength, 7}));
  EXPECT_EQ(stream.body, "broken\n");
  EXPECT_TRUE(stream.ended);
}

TEST(SendReply, TellsToComeBackWhereNobodyIsUp) {
  FakeStream stream;
  send_reply(stream, {503, "later\n"}, false, kDateLine);
  EXPECT_TRUE(stream.fields.ends_with("Retry-After: 1\r\n"));
}

TEST(SendReply, AddsTheLineOfItsOwn) {
  FakeStream stream;
  send_reply(stream, {405, "no\n", "Allow: GET\r\n"}, false, kDateLine);
  EXPECT_TRUE(stream.fields.ends_with("Allow: GET\r\n"));
}

TEST(SendReply, ToAHeadRequestHasALengthAndNoBody) {
  FakeStream stream;
  send_reply(stream, {502, "broken\n"}, true, kDateLine);
  EXPECT_EQ(stream.content_length, 7U);
  EXPECT_EQ(stream.framing.kind, http::Framing::Kind::kNone);
  EXPECT_EQ(stream.body, "");
  EXPECT_TRUE(stream.ended);
}

}  // namespace
}  // namespace lb::proxy
