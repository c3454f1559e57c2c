// Requests that are refused: malformed ones, those whose framing is unclear, and what is not
// implemented. None of them reaches a server, and the connection ends.

#include <ostream>

#include "tests/e2e/support/balanced_test.h"

namespace lb::e2e {
namespace {

using namespace std::string_view_literals;

struct Refusal {
  const char* name;
  int status;
  std::string_view request;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {  // NOLINT: the name GoogleTest looks for
  *out << refusal.name;
}

class Refusals : public Balanced, public testing::WithParamInterface<Refusal> {};

TEST_P(Refusals, AreAnsweredAndEndTheConnection) {
  Client one = client();
  one.sends(GetParam().request);
  const Response response = one.reads_response();
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_TRUE(response.complete);
  EXPECT_TRUE(response.lists("Connection", "close"));
  EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
  EXPECT_EQ(origin.request_count(), 0U);
}

constexpr Refusal kRefusals[] = {
    {"NoVersion", 400, "GET /\r\nHost: x\r\n\r\n"},
    {"NoTarget", 400, "GET HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"BadMethod", 400, "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"BadVersion", 400, "GET / HTTP/1.x\r\nHost: x\r\n\r\n"},
    {"NoHost", 400, "GET / HTTP/1.1\r\nX-Any: x\r\n\r\n"},
    {"TwoHosts", 400, "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
    {"BadHost", 400, "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"},
    {"NoColon", 400, "GET / HTTP/1.1\r\nHost: x\r\nNoColon\r\n\r\n"},
    {"SpaceBeforeColon", 400, "GET / HTTP/1.1\r\nHost: x\r\nX-Any : x\r\n\r\n"},
    {"EmptyFieldName", 400, "GET / HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n"},
    {"FoldedLine", 400, "GET / HTTP/1.1\r\nHost: x\r\nX-Any: a\r\n b\r\n\r\n"},
    {"BareCr", 400, "GET / HTTP/1.1\r\nHost: x\r\nX-Any: a\rb\r\n\r\n"},
    {"ZeroOctet", 400, "GET / HTTP/1.1\r\nHost: x\r\nX-Any: a\0b\r\n\r\n"sv},
    {"BadLength", 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\nab"},
    {"SignedLength", 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na"},
    {"HugeLength", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\na"},
    {"TwoLengths", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
    {"LengthAndChunked", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\n"},
    {"ChunkedTwice", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
    {"EqualLengths", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"},
    {"ChunkedNotLast", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
    {"ChunkedInHttp10", 400,
     "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"ChunkWithoutSize", 400,
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n;a=b\r\n0\r\n\r\n"},
    {"BareLf", 400, "GET / HTTP/1.1\nHost: x\n\n"},
    {"ControlInTarget", 400, "GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"BlankLinesWithoutEnd", 400, "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"},
    {"Version2", 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
    {"Http2Preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"Connect", 501, "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n"},
    {"UnknownCoding", 501,
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
};

INSTANTIATE_TEST_SUITE_P(Requests, Refusals, testing::ValuesIn(kRefusals),
                         [](const auto& one) { return one.param.name; });

TEST_F(Balanced, ABrokenChunkEndsTheRequest) {
  Event cut("the origin sees the request cut");
  origin.plays([=](Exchange& exchange) {
    try {
      exchange.reads_body();
    } catch (const WireError& error) {
      if (error.kind() != WireError::Kind::kMalformed) cut.happens();
      throw;
    }
  });
  Client one = client();
  one.sends("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  one.sends(chunk("good"));
  origin.waits_for_requests(1);
  one.sends("xyz\r\nbad\r\n");
  cut.waits();
  EXPECT_EQ(one.reads_response("POST").status, 400);
}

TEST_F(Balanced, TheRefusalOfAHeadRequestHasNoBody) {
  for (const char* request : {"HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/3.0\r\nHost: x\r\n\r\n"}) {
    Client one = client();
    one.sends(request);
    EXPECT_GE(one.reads_response("HEAD").status, 400) << request;
    EXPECT_NE(one.reads_end(), End::kNotAfterBytes) << request;
  }
}

TEST_F(Balanced, WhatFollowsARefusalIsNotARequest) {
  Client one = client();
  one.sends("GET / HTTP/1.1\r\nHost: x\r\nBad Field: 1\r\n\r\n" + get("/smuggled"));
  EXPECT_EQ(one.reads_response().status, 400);
  EXPECT_NE(one.reads_end(), End::kNotAfterBytes);
  EXPECT_EQ(origin.request_count(), 0U);
}

}  // namespace
}  // namespace lb::e2e
