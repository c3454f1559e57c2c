#include "lb/http/held_request.h"

#include <memory>
#include <utility>

#include "tests/unit/http/written.h"

namespace lb::http {
namespace {

std::string text_of(std::span<const char> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(HeldRequest, IsTheSameWhenTheBytesItCameFromAreGone) {
  auto text = std::make_unique<std::string>(
      "POST http://a:81?q HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\nDropped: x\r\nA:  b "
      "\r\n\r\n");
  RequestHead head = request(*text);
  head.fields[2].dropped = true;
  auto body = std::make_unique<std::string>("hel");
  HeldRequest held(head, {*body, false, nullptr});
  text.reset();
  body.reset();

  EXPECT_EQ(written(held.head()),
            "POST /?q HTTP/1.1\r\nHost: b\r\nA: b\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(held.head().method, Method::kPost);
  EXPECT_EQ(held.head().target, "http://a:81?q");
  EXPECT_EQ(held.head().host, "a:81");
  EXPECT_TRUE(held.head().absolute_form);
  EXPECT_EQ(text_of(held.piece().bytes), "hel");
  EXPECT_FALSE(held.piece().end);
  EXPECT_EQ(held.piece().trailers, nullptr);
}

TEST(HeldRequest, HoldsTrailersThatAreNotDropped) {
  const RequestHead head = request("POST / HTTP/1.0\r\n\r\n");
  Fields trailers = {make_field("A: 1\r\n"), make_field("B: 2\r\n")};
  trailers[0].dropped = true;
  HeldRequest held(head, {{}, true, &trailers});
  EXPECT_TRUE(held.piece().end);
  EXPECT_TRUE(held.piece().bytes.empty());
  ASSERT_NE(held.piece().trailers, nullptr);
  ASSERT_EQ(held.piece().trailers->size(), 1U);
  EXPECT_EQ(held.piece().trailers->front().text(), "B: 2\r\n");
  EXPECT_FALSE(held.head().has_host);
  EXPECT_EQ(held.head().minor_version, 0);
}

TEST(HeldRequest, KeepsItsViewsWhenItIsMoved) {
  const std::string text = "GET /" + std::string(100, 'p') + " HTTP/1.1\r\nHost: x\r\n\r\n";
  HeldRequest held(request(text), {});
  HeldRequest moved(std::move(held));
  EXPECT_EQ(written(moved.head()), text);
}

}  // namespace
}  // namespace lb::http
