#include <gtest/gtest.h>

#include <string>

#include "lb/http/forwarding.h"

namespace lb::http {
namespace {

bool passes(const std::string& name) {
  const std::string line = name + ": v\r\n";
  Fields trailers = {make_field(line)};
  edit_trailers(trailers);
  return !trailers.front().dropped;
}

TEST(EditTrailers, DropsWhatBelongsIntoAHead) {
  for (const char* name : {"Transfer-Encoding",
                           "Content-Length",
                           "Host",
                           "Connection",
                           "TE",
                           "Trailer",
                           "Upgrade",
                           "Expect",
                           "Max-Forwards",
                           "Via",
                           "Keep-Alive",
                           "X-Forwarded-For",
                           "X-Forwarded-Host",
                           "X-Forwarded-Proto",
                           "X-Real-IP",
                           "Forwarded",
                           "Authorization",
                           "proxy-authorization",
                           "WWW-Authenticate",
                           "Proxy-Authenticate",
                           "Cookie",
                           "Set-Cookie",
                           "Content-Type",
                           "Content-Encoding",
                           "Content-Range",
                           "Range",
                           "If-Match",
                           "If-None-Match",
                           "Cache-Control",
                           "Expires",
                           "Age",
                           "Date",
                           "Location",
                           "Vary",
                           "Retry-After",
                           "Pragma"}) {
    EXPECT_FALSE(passes(name)) << name;
  }
}

TEST(EditTrailers, DropsWhatConnectionListed) {
  Fields trailers = {make_field("X-Hop: 1\r\n"), make_field("X-Sum: 2\r\n")};
  edit_trailers(trailers, "other,x-hop,");
  EXPECT_TRUE(trailers[0].dropped);
  EXPECT_FALSE(trailers[1].dropped);
}

TEST(ListedByConnection, NamesTheFieldsThatItMayTakeAway) {
  const Fields fields = {make_field("Connection: close, X-Hop\r\n"), make_field("A: b\r\n"),
                         make_field("Connection: Via, upgrade, Other\r\n")};
  EXPECT_EQ(listed_by_connection(fields), "X-Hop,Other,");
  EXPECT_EQ(listed_by_connection({make_field("Connection: keep-alive, TE\r\n")}), "");
}

TEST(EditTrailers, PassesTheRest) {
  for (const char* name : {"X-Sum", "ETag", "Server-Timing", "Digest", "grpc-status"}) {
    EXPECT_TRUE(passes(name)) << name;
  }
}

}  // namespace
}  // namespace lb::http
