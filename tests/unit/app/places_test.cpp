#include "app/places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lb/os/process.h"

namespace lb::app {
namespace {

constexpr std::uint16_t kMany = 4;

Options listening_on(const std::vector<std::string>& hosts, std::uint16_t workers) {
  Options options;
  for (const std::string& host : hosts) {
    options.listen.push_back({.host = host, .port = 0, .unix_path = {}});
  }
  options.workers = workers;
  return options;
}

std::uint16_t port_of(const Places& places, std::size_t place) {
  return places.all().places.at(place).where.port;
}

class OfWorkers : public testing::TestWithParam<std::pair<int, int>> {};

// What one process leaves is served by others, whatever their number is.
TEST_P(OfWorkers, EachSocketIsServedAndEachWorkerServesEachPlace) {
  const auto sets = static_cast<std::uint16_t>(GetParam().first);
  const auto workers = static_cast<std::uint16_t>(GetParam().second);
  Places places;
  const auto sockets = places.open(listening_on({"127.0.0.1", "127.0.0.2"}, sets), {}, {});
  ASSERT_TRUE(sockets.has_value()) << sockets.error();
  EXPECT_EQ(sockets->size(), 2U * sets);
  std::set<int> served;
  for (std::uint16_t worker = 0; worker < workers; ++worker) {
    const Places::Share share = places.share(worker, workers);
    ASSERT_EQ(share.places.size(), 2U);
    EXPECT_EQ(share.places[0].sockets + share.places[1].sockets, share.descriptors.size());
    for (const Handover::Place& place : share.places) EXPECT_GE(place.sets, 1);
    for (const int descriptor : share.descriptors) {
      served.insert(descriptor);
    }
    EXPECT_EQ(os::local_address(share.descriptors.front()).ip.port, port_of(places, 0));
    EXPECT_EQ(os::local_address(share.descriptors.back()).ip.port, port_of(places, 1));
  }
  EXPECT_EQ(served.size(), sockets->size());
}

INSTANTIATE_TEST_SUITE_P(AmongWorkers, OfWorkers,
                         testing::Values(std::pair(1, 1), std::pair(1, 3), std::pair(2, 2),
                                         std::pair(2, 3), std::pair(3, 2), std::pair(4, 1)));

TEST(ThePlaces, OfSeveralSetsHaveOnePort) {
  Places places;
  const auto sockets = places.open(listening_on({"127.0.0.1"}, kMany), {}, {});
  ASSERT_TRUE(sockets.has_value()) << sockets.error();
  ASSERT_EQ(sockets->size(), kMany);
  for (const os::Fd& socket : *sockets) {
    EXPECT_EQ(os::local_port(socket.get()), port_of(places, 0));
  }
}

TEST(ThePlaces, OfSeveralSetsAreNotOpenedBesideAnotherProcess) {
  Places first;
  const auto sockets = first.open(listening_on({"127.0.0.1"}, 2), {}, {});
  ASSERT_TRUE(sockets.has_value()) << sockets.error();
  Options same = listening_on({"127.0.0.1"}, 2);
  same.listen.front().port = port_of(first, 0);
  Places second;
  EXPECT_FALSE(second.open(same, {}, {}).has_value());
}

// By what was asked for, not by the port that was drawn for it.
TEST(ThePlaces, AreKeptFromTheProcessBefore) {
  Places before;
  const Options options = listening_on({"127.0.0.1", "127.0.0.2"}, 1);
  auto sockets = before.open(options, {}, {});
  ASSERT_TRUE(sockets.has_value()) << sockets.error();
  Legacy legacy{.handover = {.places = before.all().places, .servers = {}, .next_server = {}},
                .sockets = std::move(*sockets)};
  Places after;
  const auto kept = after.open(listening_on({"127.0.0.2", "127.0.0.3"}, 1), {}, std::move(legacy));
  ASSERT_TRUE(kept.has_value()) << kept.error();
  EXPECT_EQ(kept->size(), 2U);
  EXPECT_EQ(port_of(after, 0), port_of(before, 1));
}

TEST(ThePlaces, OfAServiceManagerAreKeptWhateverIsAskedFor) {
  Places before;
  auto sockets = before.open(listening_on({"127.0.0.1"}, 1), {}, {});
  ASSERT_TRUE(sockets.has_value()) << sockets.error();
  Legacy legacy{.handover = {.places = before.all().places, .servers = {}, .next_server = {}},
                .sockets = std::move(*sockets)};
  legacy.handover.places.front().inherited = true;
  Places after;
  const auto kept = after.open(listening_on({"127.0.0.2"}, 1), {}, std::move(legacy));
  ASSERT_TRUE(kept.has_value()) << kept.error();
  EXPECT_EQ(kept->size(), 1U);
  EXPECT_EQ(port_of(after, 0), port_of(before, 0));
}

TEST(ThePlaces, RefuseWhatIsNoSocketThatListens) {
  Legacy legacy;
  legacy.handover.places.push_back({.asked = {.host = "127.0.0.1", .port = 0, .unix_path = {}},
                                    .where = {.host = "127.0.0.1", .port = 80, .unix_path = {}},
                                    .inherited = false,
                                    .file = std::nullopt,
                                    .sockets = 1,
                                    .sets = 1});
  legacy.sockets.push_back(std::move(*os::open_stream(os::Family::kIpv4)));
  Places places;
  const auto kept = places.open(listening_on({"127.0.0.1"}, 1), {}, std::move(legacy));
  ASSERT_FALSE(kept.has_value());
  EXPECT_TRUE(kept.error().starts_with("takeover: a socket that came is no listening stream"));
}

}  // namespace
}  // namespace lb::app
