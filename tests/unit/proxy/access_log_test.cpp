#include "lb/proxy/access_log.h"

#include <gtest/gtest.h>

#include "lb/http/parser.h"
#include "tests/unit/proxy/fake_stream.h"

namespace lb::proxy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class AnAccessLine : public testing::Test {
 protected:
  // The line of a request with that head.
  std::string line(std::string_view head_text, const AccessOutcome& outcome) {
    http::RequestHead head;
    EXPECT_EQ(http::parse_request(head_text, {}, head).status, http::ParseStatus::kDone);
    line_.begin(clock_.log_time(), {.client_ip = "192.0.2.1"}, &head);
    return ended(outcome);
  }
  // Of one that could not be read.
  std::string line(const AccessOutcome& outcome) {
    line_.begin(clock_.log_time(), {.client_ip = "192.0.2.1"}, nullptr);
    return ended(outcome);
  }

  static AccessOutcome ok() {
    return {.status = 200,
            .body_bytes = 12,
            .server = "localhost:8081",
            .tries = 1,
            .connect_time = microseconds(400),
            .first_byte_time = microseconds(1'600),
            .total_time = milliseconds(1)};
  }

  FakeClock clock_;
  FakeLog log_;
  AccessLine line_;

 private:
  std::string ended(const AccessOutcome& outcome) {
    line_.end(log_, outcome);
    return log_.lines.back();
  }
};

TEST_F(AnAccessLine, IsInTheCombinedFormatAndMore) {
  EXPECT_EQ(line("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: curl/7.88.1\r\n\r\n", ok()),
            "192.0.2.1 - - [08/Nov/2024:18:19:41 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" "
            "\"curl/7.88.1\" localhost:8081 1 0.000 0.001 0.001\n");
}

TEST_F(AnAccessLine, HasTheReferer) {
  const std::string text = line("GET / HTTP/1.1\r\nHost: h\r\nReferer: http://x/\r\n\r\n", ok());
  EXPECT_NE(text.find(" 12 \"http://x/\" \"-\" "), std::string::npos) << text;
}

TEST_F(AnAccessLine, HasTheTargetAsItCame) {
  const std::string text = line("POST http://h/a?b=c HTTP/1.0\r\nHost: h\r\n\r\n", ok());
  EXPECT_NE(text.find("\"POST http://h/a?b=c HTTP/1.0\""), std::string::npos) << text;
}

TEST_F(AnAccessLine, CountsTimesInSeconds) {
  AccessOutcome outcome = ok();
  outcome.connect_time = milliseconds(10);
  outcome.first_byte_time = milliseconds(999);
  outcome.total_time = seconds(61) + milliseconds(7);
  const std::string text = line("GET / HTTP/1.1\r\nHost: h\r\n\r\n", outcome);
  EXPECT_TRUE(text.ends_with(" 1 0.010 0.999 61.007\n")) << text;
}

TEST_F(AnAccessLine, HasADashForWhatNeverWas) {
  AccessOutcome outcome;
  outcome.status = 400;
  outcome.total_time = milliseconds(2);
  EXPECT_EQ(line(outcome),
            "192.0.2.1 - - [08/Nov/2024:18:19:41 +0000] \"-\" 400 0 \"-\" \"-\" - 0 - - 0.002\n");
}

TEST_F(AnAccessLine, EscapesWhatCouldEndTheQuotesOrTheLine) {
  const std::string text =
      line("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: a\"b\\c\td\xff\r\nReferer: \"\r\n\r\n", ok());
  EXPECT_NE(text.find(R"( "\x22" "a\x22b\x5cc\x09d\xff" )"), std::string::npos) << text;
}

// Whatever stands before and behind it: eight octets are looked at together.
TEST_F(AnAccessLine, EscapesAnOctetWhereverItStands) {
  for (int octet = 0x20; octet < 0x100; ++octet) {
    const bool plain = octet < 0x7f && octet != '"' && octet != '\\';
    for (std::size_t at = 1; at < 24; ++at) {
      std::string agent(25, at % 2 == 0 ? '~' : '!');
      agent[at] = static_cast<char>(octet);
      if (octet == 0x7f) continue;  // no field value has it
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned>(octet));
      const std::string logged =
          plain ? agent : agent.substr(0, at) + escape.data() + agent.substr(at + 1);
      const std::string text =
          line("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: " + agent + "\r\n\r\n", ok());
      ASSERT_NE(text.find("\"" + logged + "\""), std::string::npos) << text;
    }
  }
}

TEST_F(AnAccessLine, HasRoomForTheLargestNumbers) {
  const AccessOutcome outcome{.status = UINT16_MAX,
                              .body_bytes = UINT64_MAX,
                              .server = "s",
                              .tries = UINT32_MAX,
                              .connect_time = std::chrono::nanoseconds::max(),
                              .first_byte_time = std::chrono::nanoseconds::max(),
                              .total_time = std::chrono::nanoseconds::max()};
  const std::string text = line(outcome);
  EXPECT_TRUE(
      text.ends_with("\"-\" 65535 18446744073709551615 \"-\" \"-\" s 4294967295 "
                     "9223372036.854 9223372036.854 9223372036.854\n"))
      << text;
}

TEST_F(AnAccessLine, ForgetsTheOneBefore) {
  const std::string first = line("GET / HTTP/1.1\r\nHost: h\r\n\r\n", ok());
  EXPECT_EQ(line("GET / HTTP/1.1\r\nHost: h\r\n\r\n", ok()), first);
  EXPECT_EQ(log_.lines.size(), 2U);
}

TEST_F(AnAccessLine, KeepsItsTextWhenTheHeadIsGone) {
  {
    std::string text = "GET /gone HTTP/1.1\r\nHost: h\r\nUser-Agent: agent\r\n\r\n";
    http::RequestHead head;
    ASSERT_EQ(http::parse_request(text, {}, head).status, http::ParseStatus::kDone);
    line_.begin(clock_.log_time(), {.client_ip = "192.0.2.1"}, &head);
    text.assign(text.size(), 'x');
  }
  line_.end(log_, ok());
  EXPECT_NE(log_.lines[0].find("GET /gone"), std::string::npos);
  EXPECT_NE(log_.lines[0].find("\"agent\""), std::string::npos);
}

}  // namespace
}  // namespace lb::proxy
