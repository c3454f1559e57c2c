#include "lb/http/forwarding.h"

#include "tests/unit/http/written.h"

namespace lb::http {
namespace {

constexpr Peer kPeer{.client_ip = "1.2.3.4"};
constexpr Peer kTrusted{.client_ip = "1.2.3.4", .trusted = true};

// The request after the rules, as it is sent.
std::string forwarded(std::string_view text, const Peer& peer, const ForwardingRules& rules) {
  RequestHead head = request(text);
  std::string scratch(added_bytes_max(head, rules), '\0');
  edit_request(head, peer, rules, scratch);
  return written(head);
}

// The lines that are left of a request when nothing is added.
std::string kept(std::string_view fields, const Peer& peer = kPeer) {
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string text = line + std::string(fields) + "\r\n";
  const std::string out = forwarded(text, peer, {ForwardedStyle::kOff, ""});
  EXPECT_TRUE(out.starts_with(line));
  EXPECT_TRUE(out.ends_with("\r\n"));
  return out.substr(line.size(), out.size() - line.size() - 2);
}

TEST(EditRequest, AddsWhoAsks) {
  EXPECT_EQ(forwarded("GET / HTTP/1.1\r\nHost: a:81\r\nA: b\r\n\r\n", kPeer,
                      {ForwardedStyle::kX, "lb-1a2b3c4d"}),
            "GET / HTTP/1.1\r\nHost: a:81\r\nA: b\r\nX-Forwarded-For: 1.2.3.4\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a:81\r\nVia: 1.1 lb-1a2b3c4d\r\n\r\n");
}

TEST(EditRequest, AddsNoHostThatIsNotThere) {
  EXPECT_EQ(forwarded("GET / HTTP/1.0\r\n\r\n", {.client_ip = "::1", .scheme = "https"},
                      {ForwardedStyle::kBoth, "lb"}),
            "GET / HTTP/1.1\r\nHost: server:80\r\nX-Forwarded-For: ::1\r\n"
            "X-Forwarded-Proto: https\r\nForwarded: for=\"[::1]\";proto=https\r\nVia: 1.0 lb\r\n"
            "\r\n");
}

struct Node {
  const char* ip;
  const char* host;
  const char* value;
};

TEST(EditRequest, WritesForwardedWithQuotesWhereTheyAreNeeded) {
  const Node rows[] = {
      {"1.2.3.4", "a.example", "for=1.2.3.4;host=a.example;proto=http"},
      {"1.2.3.4", "a:80", "for=1.2.3.4;host=\"a:80\";proto=http"},
      {"2001:db8::1", "[::1]:80", "for=\"[2001:db8::1]\";host=\"[::1]:80\";proto=http"},
      {"unix:", "a", "for=unknown;host=a;proto=http"},
  };
  for (const Node& row : rows) {
    const std::string head = std::string("GET / HTTP/1.1\r\nHost: ") + row.host + "\r\n";
    EXPECT_EQ(forwarded(head + "\r\n", {.client_ip = row.ip}, {ForwardedStyle::kRfc7239, ""}),
              head + "Forwarded: " + row.value + "\r\n\r\n");
  }
}

TEST(EditRequest, FitsTheScratchItAsksFor) {
  const std::string host(3000, 'h');
  const std::string text = "GET http://" + host + "/ HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string ip(45, 'f');
  const std::string out = forwarded(text, {.client_ip = ip, .scheme = "https"},
                                    {ForwardedStyle::kBoth, std::string(200, 'v')});
  EXPECT_TRUE(out.ends_with("v\r\n\r\n"));
}

TEST(EditRequest, DropsFieldsOfOneHop) {
  EXPECT_EQ(kept("Host: a\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n"
                 "Proxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: h2c\r\n"
                 "HTTP2-Settings: AAA\r\nA: b\r\n"),
            "Host: a\r\nA: b\r\n");
}

TEST(EditRequest, DropsWhatConnectionLists) {
  EXPECT_EQ(kept("Host: a\r\nX-Hop: 1\r\nConnection: x-hop , Other,close\r\nOTHER: 2\r\n"
                 "X-Hop: 3\r\nKept: 4\r\nConnection: More\r\nMore: 5\r\n"),
            "Host: a\r\nKept: 4\r\n");
}

TEST(EditRequest, KeepsWhatNoClientMayHaveDropped) {
  const std::string fields = "Host: a\r\nMax-Forwards: 5\r\nVia: 1.1 x\r\nContent-Length: 0\r\n";
  EXPECT_EQ(kept(fields + "Connection: Host, Max-Forwards, Via, Content-Length, "
                          "Transfer-Encoding\r\n"),
            fields);
  EXPECT_EQ(
      kept("Host: a\r\nX-Forwarded-For: 9.9.9.9\r\nConnection: X-Forwarded-For\r\n", kTrusted),
      "Host: a\r\nX-Forwarded-For: 9.9.9.9\r\n");
}

TEST(EditRequest, KeepsExpectTrailerAndTheRest) {
  const std::string fields =
      "Host: a\r\nExpect: 100-continue\r\nTrailer: X\r\nCookie: c\r\nAuthorization: d\r\n"
      "Date: e\r\nVia: 1.1 other\r\nUser-Agent: f\r\nReferer: g\r\n";
  EXPECT_EQ(kept(fields), fields);
}

constexpr std::string_view kClaims =
    "X-Forwarded-For: 9.9.9.9\r\nx-forwarded-for: 8.8.8.8\r\nX-Forwarded-Proto: https\r\n"
    "X-Forwarded-Host: evil\r\nForwarded: for=9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\n";

TEST(EditRequest, BelievesOnlyTrustedPeers) {
  const std::string claims(kClaims);
  EXPECT_EQ(kept("Host: a\r\n" + claims), "Host: a\r\n");
  EXPECT_EQ(kept("Host: a\r\n" + claims, kTrusted), "Host: a\r\n" + claims);
  EXPECT_EQ(forwarded("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n", kTrusted,
                      {ForwardedStyle::kX, ""}),
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 1.2.3.4\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n");
}

TEST(EditRequest, TakesTheHostFromAnAbsoluteForm) {
  EXPECT_EQ(forwarded("GET http://a:81/p HTTP/1.1\r\nHost: other\r\nA: b\r\n\r\n", kPeer,
                      {ForwardedStyle::kX, ""}),
            "GET /p HTTP/1.1\r\nA: b\r\nHost: a:81\r\nX-Forwarded-For: 1.2.3.4\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a:81\r\n\r\n");
}

std::string answered(std::string_view text) {
  ResponseHead head = response(text);
  edit_response(head);
  return written(head, head.framing);
}

TEST(EditResponse, DropsFieldsOfOneHopAndWhatConnectionLists) {
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nA: b\r\n"
                     "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nUpgrade: h2c\r\n"
                     "TE: x\r\nContent-Length: 2\r\nVia: 1.1 s\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nA: b\r\nVia: 1.1 s\r\nContent-Length: 2\r\n\r\n");
}

TEST(EditResponse, KeepsUpgradeOfASwitch) {
  EXPECT_EQ(answered("HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
            "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n");
}

TEST(EditResponse, KeepsUpgradeWhereItIsRequired) {
  EXPECT_EQ(answered("HTTP/1.1 426 Up\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0, x\r\n"
                     "Content-Length: 0\r\n\r\n"),
            "HTTP/1.1 426 Up\r\nUpgrade: TLS/1.0, x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answered("HTTP/1.1 426 Up\r\nUpgrade: x, H2C\r\nContent-Length: 0\r\n\r\n"),
            "HTTP/1.1 426 Up\r\nContent-Length: 0\r\n\r\n");
}

TEST(EditResponse, KeepsWhatBelongsToTheAnswer) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nDate: x\r\nTrailer: X\r\nSet-Cookie: a\r\nX-Forwarded-For: b\r\n\r\n";
  EXPECT_EQ(answered(text), text);
}

TEST(EditRequest, KeepsAnOfferToSwitchProtocols) {
  struct Offer {
    const char* fields;
    const char* kept;
    const char* value;
  };
  const Offer rows[] = {
      {"Connection: upgrade\r\nUpgrade: websocket\r\n", "Upgrade: websocket\r\n", "websocket"},
      {"Upgrade: a/1\r\nConnection: Upgrade\r\nUpgrade: h2c, b\r\n", "Upgrade: a/1, b\r\n",
       "a/1, b"},
      {"Connection: upgrade\r\nUpgrade: H2C\r\n", "", ""},
      {"Connection: upgrade\r\n", "", ""},
      {"Upgrade: websocket\r\n", "", ""},  // not listed in Connection: for nobody
  };
  for (const Offer& row : rows) {
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(row.fields) + "\r\n";
    RequestHead head = request(text);
    const ForwardingRules rules{ForwardedStyle::kOff, ""};
    std::string scratch(added_bytes_max(head, rules), '\0');
    edit_request(head, kPeer, rules, scratch);
    EXPECT_EQ(written(head), "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(row.kept) + "\r\n");
    EXPECT_EQ(head.upgrade, row.value);
  }
}

TEST(EditRequest, OffersNothingForAnHttp10Client) {
  EXPECT_FALSE(forwarded("GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: w\r\n\r\n",
                         kPeer, {ForwardedStyle::kOff, ""})
                   .contains("Upgrade"));
}

TEST(EditRequest, IgnoresAnExpectationOfAnHttp10Client) {
  EXPECT_EQ(forwarded("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", kPeer,
                      {ForwardedStyle::kOff, ""}),
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(EditRequest, TakesOneFromMaxForwards) {
  const auto after = [](const std::string& method, const std::string& value) {
    const std::string out =
        forwarded(method + " http://a/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: " + value + "\r\n\r\n",
                  kPeer, {ForwardedStyle::kOff, ""});
    const std::size_t at = out.find("Max-Forwards: ");
    return out.substr(at, out.find('\r', at) - at);
  };
  EXPECT_EQ(after("OPTIONS", "10"), "Max-Forwards: 9");
  EXPECT_EQ(after("OPTIONS", "x"), "Max-Forwards: x");
  EXPECT_EQ(after("OPTIONS", "99999999999999999999"), "Max-Forwards: 18446744073709551614");
  EXPECT_EQ(after("TRACE", "1"), "Max-Forwards: 0");
}

TEST(HasPassed, LooksAtTheReceiverOfEachMember) {
  struct Row {
    const char* via;
    bool passed;
  };
  const Row rows[] = {{"1.1 lb-1", true},
                      {"1.0 a, 1.1 lb-1 (c)", true},
                      {"1.1\tLB-1", true},
                      {"1.1 lb-12", false},
                      {"lb-1", false},
                      {"1.1 a (lb-1)", false},
                      {"1.1 a, HTTP/1.1 b", false}};
  for (const Row& row : rows) {
    const std::string text =
        "GET / HTTP/1.1\r\nHost: a\r\nVia: " + std::string(row.via) + "\r\n\r\n";
    const RequestHead head = request(text);
    EXPECT_EQ(has_passed(head.fields, "lb-1"), row.passed) << row.via;
  }
}

TEST(IsOfferedSwitch, NamesAtLeastOneAndOnlyWhatWasOffered) {
  const auto is_offered = [](std::string_view line, std::string_view offered) {
    const Fields fields{make_field(line)};
    return is_offered_switch(fields, offered);
  };
  EXPECT_TRUE(is_offered("Upgrade: WebSocket\r\n", "websocket"));
  EXPECT_TRUE(is_offered("Upgrade: b\r\n", "a, b"));
  EXPECT_FALSE(is_offered("Upgrade: b, c\r\n", "a, b"));
  EXPECT_FALSE(is_offered("Upgrade: ,\r\n", "a"));
  EXPECT_FALSE(is_offered("Other: a\r\n", "a"));
}

}  // namespace
}  // namespace lb::http
