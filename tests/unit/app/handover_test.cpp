#include "app/handover.h"

#include <gtest/gtest.h>

namespace lb::app {
namespace {

using State = upstream::Health::State;

constexpr std::size_t kRoom = 128 * 1024;

Handover sample() {
  Handover handover;
  handover.places.push_back({.asked = {.host = "localhost", .port = 0, .unix_path = {}},
                             .where = {.host = "localhost", .port = 8080, .unix_path = {}},
                             .inherited = false,
                             .file = std::nullopt,
                             .sockets = 2});
  handover.places.push_back({.asked = {.host = {}, .port = 0, .unix_path = "/run/lb.sock"},
                             .where = {.host = {}, .port = 0, .unix_path = "/run/lb.sock"},
                             .inherited = false,
                             .file = os::FileId{.device = 7, .inode = 4711},
                             .sockets = 1});
  handover.places.push_back({.asked = {.host = "::1", .port = 80, .unix_path = {}},
                             .where = {.host = "::1", .port = 80, .unix_path = {}},
                             .inherited = true,
                             .file = std::nullopt,
                             .sockets = 1});
  handover.servers = {{.name = "localhost:8081", .state = State::kUp, .reason = {}},
                      {.name = "[::1]:8082", .state = State::kDown, .reason = "refused: \"x\"\n"},
                      {.name = "unix:/a:b", .state = State::kUnknown, .reason = {}}};
  handover.next_server = "[::1]:8082";
  return handover;
}

TEST(AHandover, ArrivesAsItWas) {
  const auto read = decode(encode(sample(), kRoom));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(*read, sample());
}

TEST(AHandover, MayBeEmpty) {
  EXPECT_EQ(decode(encode({}, kRoom)), Handover());
}

TEST(AHandover, LeavesOutServersThatFindNoRoom) {
  Handover many = sample();
  const std::size_t before = encode(many, kRoom).size();
  for (int i = 0; i < 100; ++i) {
    many.servers.push_back(
        {.name = "s" + std::to_string(i) + ":80", .state = State::kUp, .reason = {}});
  }
  const std::string text = encode(many, before + 100);
  EXPECT_LE(text.size(), before + 100);
  const auto read = decode(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->places, many.places);
  EXPECT_EQ(read->next_server, many.next_server);
  EXPECT_GT(read->servers.size(), 3U);
  EXPECT_LT(read->servers.size(), many.servers.size());
}

TEST(AHandover, OfALaterVersionIsReadAsFarAsItIsKnown) {
  const auto read = decode(encode(sample(), kRoom) + "7:weather4:fine");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, sample());
}

TEST(AHandover, IsRefusedInAnotherVersion) {
  EXPECT_EQ(decode("13:lb-handover-3").error(), "a version that is not known here");
  EXPECT_FALSE(decode("").has_value());
  EXPECT_FALSE(decode("garbage").has_value());
}

// Cut anywhere but between two records.
TEST(AHandover, IsRefusedWhenItIsCut) {
  const std::string whole = encode(sample(), kRoom);
  std::size_t accepted = 0;
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const std::string cut = whole.substr(0, bytes);
    const auto read = decode(std::string_view(cut.data(), cut.size()));
    accepted += read.has_value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 7U) << "after the version and six of the seven records";
}

TEST(AHandover, IsRefusedWithFieldsThatMakeNoSense) {
  const std::string version = "13:lb-handover-2";
  EXPECT_FALSE(decode(version + "6:server1:a4:best0:").has_value()) << "no such state";
  EXPECT_FALSE(decode(version + "5:place3::803::800:3:25440:0:").has_value()) << "too many sockets";
  EXPECT_FALSE(decode(version + "5:place3::803::800:1:x0:0:").has_value()) << "no number";
  EXPECT_FALSE(decode(version + "5:place4:what3::800:1:10:0:").has_value()) << "no address";
  EXPECT_FALSE(decode(version + "4:next99999999999999999999:x").has_value()) << "no length";
}

}  // namespace
}  // namespace lb::app
