#include "lb/http/outgoing_request.h"

#include <memory>
#include <string>
#include <utility>

#include "tests/unit/http/written.h"

namespace lb::http {
namespace {

std::string text_of(const OutgoingRequest& request, std::string_view server_name = "server:80") {
  std::string text;
  const OutgoingRequest::Slices slices = request.slices(server_name);
  for (const std::string_view slice : slices.all()) text += slice;
  return text;
}

TEST(OutgoingRequest, IsTheSameWhenTheBytesItCameFromAreGone) {
  auto text = std::make_unique<std::string>(
      "POST http://a:81?q HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\nDropped: x\r\nA:  b "
      "\r\n\r\n");
  RequestHead head = request(*text);
  head.fields[2].dropped = true;
  auto body = std::make_unique<std::string>("hel");
  OutgoingRequest outgoing;
  outgoing.write(head, {*body, false, nullptr});
  text->assign(text->size(), '!');
  body->assign(body->size(), '!');

  EXPECT_EQ(text_of(outgoing),
            "POST /?q HTTP/1.1\r\nHost: b\r\nA: b\r\nContent-Length: 5\r\n\r\nhel");
  EXPECT_EQ(outgoing.method(), Method::kPost);
  EXPECT_EQ(outgoing.framing().kind, Framing::Kind::kLength);
  EXPECT_TRUE(outgoing.held());
  EXPECT_FALSE(outgoing.ended());
  const std::string_view rest[] = {"lo"};
  outgoing.append(rest, true);
  EXPECT_TRUE(text_of(outgoing).ends_with("\r\n\r\nhello"));
  EXPECT_TRUE(outgoing.ended());
}

TEST(OutgoingRequest, HoldsChunksAndTrailersAsTheyGoOut) {
  const RequestHead head =
      request("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  Fields trailers = {make_field("A: 1\r\n"), make_field("B: 2\r\n")};
  trailers[0].dropped = true;
  std::string body(20'000, 'b');  // more than is ever copied behind a head elsewhere
  OutgoingRequest outgoing;
  outgoing.write(head, {body, true, &trailers});
  EXPECT_EQ(text_of(outgoing),
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            "4e20\r\n" +
                body + "\r\n0\r\nB: 2\r\n\r\n");
}

TEST(OutgoingRequest, GetsTheNameOfEachServerWhereTheClientGaveNone) {
  RequestHead head = request("GET /p HTTP/1.0\r\nA: b\r\n\r\n");
  head.keep_alive = true;
  OutgoingRequest outgoing;
  outgoing.write(head, {.bytes = {}, .end = true});
  EXPECT_EQ(text_of(outgoing, "one:80"), "GET /p HTTP/1.1\r\nHost: one:80\r\nA: b\r\n\r\n");
  EXPECT_EQ(text_of(outgoing, "[::1]:81"), "GET /p HTTP/1.1\r\nHost: [::1]:81\r\nA: b\r\n\r\n");
}

TEST(OutgoingRequest, TellsTheConnectionWhatTheHeadSays) {
  RequestHead head = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  head.keep_alive = false;
  OutgoingRequest outgoing;
  outgoing.write(head, {.bytes = {}, .end = true});
  EXPECT_TRUE(text_of(outgoing).ends_with("\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(outgoing.keep_alive());

  head.upgrade = "websocket";
  OutgoingRequest offer;
  offer.write(head, {.bytes = {}, .end = true});
  EXPECT_TRUE(text_of(offer).ends_with("\r\nConnection: Upgrade\r\n\r\n"));
}

TEST(OutgoingRequest, AwaitsA100UntilABodyIsSent) {
  RequestHead head = request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
  head.expects_continue = true;
  OutgoingRequest outgoing;
  outgoing.write(head, {});
  EXPECT_TRUE(outgoing.expects_continue());
  const std::string_view body[] = {"x"};
  outgoing.append(body, true);
  EXPECT_FALSE(outgoing.expects_continue());
}

TEST(OutgoingRequest, KeepsWhatItKnowsAndNoBytesWhenItIsForgotten) {
  OutgoingRequest outgoing;
  outgoing.write(request("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"), {});
  outgoing.forget();
  const std::string_view body[] = {"x"};
  outgoing.append(body, true);
  EXPECT_FALSE(outgoing.held());
  EXPECT_EQ(outgoing.held_body_bytes(), 0U);
  EXPECT_TRUE(outgoing.ended());
  EXPECT_EQ(outgoing.method(), Method::kPut);
}

}  // namespace
}  // namespace lb::http
