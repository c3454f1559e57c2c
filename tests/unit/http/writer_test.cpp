#include "lb/http/writer.h"

#include "tests/unit/http/written.h"

namespace lb::http {
namespace {

using Kind = Framing::Kind;

TEST(WriteRequest, KeepsTheLinesAsTheyCame) {
  const std::string text = "BREW /a?b HTTP/1.1\r\nhOST: x\r\nA:b\r\na: c d\te\r\nX-Empty:\r\n\r\n";
  EXPECT_EQ(written(request(text)), text);
}

TEST(WriteRequest, CutsTheWhiteSpaceAroundValues) {
  const std::string text =
      "GET / HTTP/1.1\r\nA: 1\r\nHost:\tx\r\nB:  2\r\nC:3 \r\nD: 4\t \r\nE:\t\r\nF: \r\n\r\n";
  EXPECT_EQ(written(request(text)),
            "GET / HTTP/1.1\r\nA: 1\r\nHost: x\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: \r\nF: \r\n\r\n");
}

TEST(WriteRequest, WritesItsOwnVersion) {
  EXPECT_EQ(written(request("GET / HTTP/1.0\r\nHost: x\r\n\r\n")),
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

TEST(WriteRequest, NamesTheServerWhereNoHostCame) {
  EXPECT_EQ(written(request("GET / HTTP/1.0\r\nA: b\r\n\r\n")),
            "GET / HTTP/1.1\r\nHost: server:80\r\nA: b\r\n\r\n");
}

TEST(WriteRequest, WritesFramingAndConnectionAnew) {
  const std::string length =
      "POST / HTTP/1.1\r\nConnection: close\r\nHost: x\r\nContent-Length:  007\r\nA: b\r\n\r\n";
  EXPECT_EQ(written(request(length)),
            "POST / HTTP/1.1\r\nHost: x\r\nA: b\r\nContent-Length: 7\r\n\r\n");
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: Chunked\r\nA: b\r\n\r\n";
  EXPECT_EQ(written(request(chunked), "Upgrade"),
            "POST / HTTP/1.1\r\nHost: x\r\nA: b\r\nTransfer-Encoding: chunked\r\n"
            "Connection: Upgrade\r\n\r\n");
}

TEST(WriteRequest, WritesALengthOfZeroThatCame) {
  const std::string text = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(written(request(text)), text);
}

TEST(WriteRequest, LeavesOutWhatIsDropped) {
  const std::string text = "GET / HTTP/1.1\r\nA: 1\r\nHost: x\r\nB: 2\r\nC: 3\r\n\r\n";
  RequestHead head = request(text);
  head.fields[0].dropped = true;
  head.fields[2].dropped = true;
  EXPECT_EQ(written(head), "GET / HTTP/1.1\r\nHost: x\r\nC: 3\r\n\r\n");
}

TEST(WriteRequest, WritesFieldsFromElsewhereInTheirPlace) {
  RequestHead head = request("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  head.fields.push_back(make_field("Via: 1.1 lb\r\n"));
  EXPECT_EQ(written(head), "GET / HTTP/1.1\r\nHost: x\r\nVia: 1.1 lb\r\n\r\n");
}

TEST(WriteRequest, SendsOriginFormForAbsoluteForm) {
  EXPECT_EQ(written(request("GET http://x/p HTTP/1.1\r\nHost: x\r\n\r\n")),
            "GET /p HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(written(request("GET http://x?q HTTP/1.1\r\nHost: x\r\n\r\n")),
            "GET /?q HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(written(request("OPTIONS http://x HTTP/1.1\r\nHost: x\r\n\r\n")),
            "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
}

TEST(WriteRequest, FitsTheSpaceItAsksFor) {
  RequestHead head;
  head.method_text = "M";
  head.path = "?";
  head.framing = {Kind::kLength, UINT64_MAX};
  EXPECT_EQ(written(head, "close"),
            "M /? HTTP/1.1\r\nHost: server:80\r\nContent-Length: 18446744073709551615\r\n"
            "Connection: close\r\n\r\n");
}

TEST(WriteResponse, KeepsTheLinesAsTheyCame) {
  const std::string text = "HTTP/1.1 418 I'm  a teapot\r\nSet-Cookie: a\r\nset-cookie:b\r\n\r\n";
  EXPECT_EQ(written(response(text), {Kind::kUntilClose, 0}), text);
}

TEST(WriteResponse, WritesItsOwnVersionAndAnEmptyReason) {
  EXPECT_EQ(written(response("HTTP/1.0 200\r\n\r\n"), {}), "HTTP/1.1 200 \r\n\r\n");
}

TEST(WriteResponse, WritesTheFramingOfTheClient) {
  const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n";
  const ResponseHead head = response(text);
  EXPECT_EQ(written(head, {Kind::kUntilClose, 0}, "close"),
            "HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(written(head, {Kind::kLength, 9}),
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(written(head, {Kind::kChunked, 0}),
            "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(WriteResponse, RepeatsADeclaredLengthWhereThereIsNoBody) {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 777\r\n\r\n";
  EXPECT_EQ(written(response(ok, Method::kHead), {}), ok);
  const std::string not_modified = "HTTP/1.1 304 Not Modified\r\nContent-Length: 1\r\n\r\n";
  EXPECT_EQ(written(response(not_modified), {}), not_modified);
}

TEST(WriteResponse, WritesNoFramingInInterimAndNoContentHeads) {
  for (const char* status : {"100 Continue", "101 Switching", "204 No Content"}) {
    const std::string line = std::string("HTTP/1.1 ") + status + "\r\n";
    const std::string text = line + "Content-Length: 5\r\n\r\n";
    EXPECT_EQ(written(response(text), {}), line + "\r\n");
    EXPECT_EQ(written(response(text), {Kind::kChunked, 0}), line + "\r\n");
  }
}

}  // namespace
}  // namespace lb::http
