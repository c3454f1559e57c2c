#include "app/server_list.h"

#include <gtest/gtest.h>

#include <string>

#include "app/address_text.h"
#include "app/options_message.h"

namespace lb::app {
namespace {

using Servers = std::vector<ServerName>;

ServerName tcp(std::string name, std::string host, std::uint16_t port) {
  return {.name = std::move(name), .host = std::move(host), .port = port, .unix_path = {}};
}

ServerName unix_socket(const std::string& path) {
  return {.name = "unix:" + path, .host = {}, .port = 0, .unix_path = path};
}

TEST(ParseServers, ReadsEveryForm) {
  struct Row {
    std::string_view list;
    Servers servers;
  };
  const Row rows[] = {
      {"localhost:8081", {tcp("localhost:8081", "localhost", 8081)}},
      {"a:1", {tcp("a:1", "a", 1)}},
      {"a:65535", {tcp("a:65535", "a", 65535)}},
      {"a:08081", {tcp("a:8081", "a", 8081)}},
      {"10.0.0.5:80", {tcp("10.0.0.5:80", "10.0.0.5", 80)}},
      {"my_app.web-1.example:80", {tcp("my_app.web-1.example:80", "my_app.web-1.example", 80)}},
      {"[::1]:8081", {tcp("[::1]:8081", "::1", 8081)}},
      {"[fe80::1%eth0]:80", {tcp("[fe80::1%eth0]:80", "fe80::1%eth0", 80)}},
      {"[::ffff:10.0.0.1]:80", {tcp("[::ffff:10.0.0.1]:80", "::ffff:10.0.0.1", 80)}},
      {"unix:/run/a.sock", {unix_socket("/run/a.sock")}},
      {"unix:/run/with space", {unix_socket("/run/with space")}},
      {"http://unix:/run/a.sock", {unix_socket("/run/a.sock")}},
      {"http://localhost:8081", {tcp("localhost:8081", "localhost", 8081)}},
      {"HTTP://localhost:8081/", {tcp("localhost:8081", "localhost", 8081)}},
      {"http://[::1]:80/", {tcp("[::1]:80", "::1", 80)}},
      {"a:1,b:1", {tcp("a:1", "a", 1), tcp("b:1", "b", 1)}},
      {" a:1 ,\tb:1 ", {tcp("a:1", "a", 1), tcp("b:1", "b", 1)}},
      {"a:8081-8083",
       {tcp("a:8081", "a", 8081), tcp("a:8082", "a", 8082), tcp("a:8083", "a", 8083)}},
      {"a:5-5", {tcp("a:5", "a", 5)}},
      {"[::1]:1-2", {tcp("[::1]:1", "::1", 1), tcp("[::1]:2", "::1", 2)}},
      {"a:65534-65535", {tcp("a:65534", "a", 65534), tcp("a:65535", "a", 65535)}},
      {"unix:/A,unix:/a", {unix_socket("/A"), unix_socket("/a")}},
      {"localhost:8081,[::1]:8082,unix:/run/a.sock,localhost:8083-8084",
       {tcp("localhost:8081", "localhost", 8081), tcp("[::1]:8082", "::1", 8082),
        unix_socket("/run/a.sock"), tcp("localhost:8083", "localhost", 8083),
        tcp("localhost:8084", "localhost", 8084)}},
  };
  for (const Row& row : rows) {
    const auto servers = parse_servers(row.list);
    ASSERT_TRUE(servers) << servers.error();
    EXPECT_EQ(*servers, row.servers) << row.list;
  }
}

constexpr std::string_view kForms = ": expected host:port, [v6]:port or unix:/path";
constexpr std::string_view kPort = ": expected a port from 1 to 65535 after the colon";
constexpr std::string_view kHost =
    ": expected a host of letters, digits, '-', '.' and '_' before the port";
constexpr std::string_view kBare = ": expected a host before the port, like localhost:8081";
constexpr std::string_view kPath = ": expected host:port without a path";
constexpr std::string_view kUnixPath =
    ": expected a path from the root after unix:, like unix:/run/a.sock";
constexpr std::string_view kInBrackets =
    ": expected an IPv6 address in the brackets, like [::1]:8081";
constexpr std::string_view kBrackets =
    ": expected brackets around an IPv6 address, like [::1]:8081";
constexpr std::string_view kPlain =
    ": expected http:// or none: servers are spoken to in plain HTTP";
constexpr std::string_view kEmptyList = ": expected at least one server, like localhost:8081";
constexpr std::string_view kEmptyMember = ": expected a server on both sides of each comma";

struct Refused {
  std::string_view list;
  std::string_view value;  // what the message shows of it
  std::string_view expected;
};

constexpr Refused kRefused[] = {
    {"localhost", "localhost", kForms},
    {"8081", "8081", kForms},
    {"http://localhost", "localhost", kForms},
    {"ftp://a:21", "ftp://a:21", kForms},
    {"http://", "http://", kForms},
    {"a:1,b", "b", kForms},
    {"[::1]", "[::1]", kForms},
    {"[::1]8081", "[::1]8081", kForms},
    {"localhost:", "localhost:", kPort},
    {"localhost:0", "localhost:0", kPort},
    {"a:99999", "a:99999", kPort},
    {"a:65536", "a:65536", kPort},
    {"a:80x", "a:80x", kPort},
    {"a:-1", "a:-1", kPort},
    {"a:+1", "a:+1", kPort},
    {"a:80-", "a:80-", kPort},
    {"a:80-81-82", "a:80-81-82", kPort},
    {"a:0-5", "a:0-5", kPort},
    {"a:65535-65536", "a:65535-65536", kPort},
    {"a:80:81", "a:80:81", kPort},
    {"a: 80", "a: 80", kPort},
    {"a:18446744073709551697", "a:18446744073709551697", kPort},
    {"[::1]:", "[::1]:", kPort},
    {"a:8083-8081", "a:8083-8081", ": expected the lower port of a range first"},
    {":80", ":80", kBare},
    {"a b:80", "a b:80", kHost},
    {"user@a:80", "user@a:80", kHost},
    {"-s:80", "-s:80", kHost},
    {".a:80", ".a:80", kHost},
    {"a\n:80", "a\\x0a:80", kHost},
    {"b\xc3\xbc"
     "cher:80",
     "b\xc3\xbc"
     "cher:80",
     kHost},
    {"http://a:80/x", "http://a:80/x", kPath},
    {"a:80/", "a:80/", kPath},
    {"a:80?x", "a:80?x", kPath},
    {"/run/a.sock", "/run/a.sock", kPath},
    {"https://a:443", "https://a:443", kPlain},
    {"HTTPS://a:443/x", "HTTPS://a:443/x", kPlain},
    {"unix:", "unix:", kUnixPath},
    {"unix:/", "unix:/", kUnixPath},
    {"unix:run/a.sock", "unix:run/a.sock", kUnixPath},
    {"unix:8081", "unix:8081", kUnixPath},
    {"unix:/a\tb", "unix:/a\\x09b", kUnixPath},
    {"[::1:80", "[::1:80", ": expected a closing bracket, like [::1]:8081"},
    {"[", "[", ": expected a closing bracket, like [::1]:8081"},
    {"[]:80", "[]:80", kInBrackets},
    {"[::g]:80", "[::g]:80", kInBrackets},
    {"[:::]:80", "[:::]:80", kInBrackets},
    {"[1:2:3]:80", "[1:2:3]:80", kInBrackets},
    {"[127.0.0.1]:80", "[127.0.0.1]:80", kInBrackets},
    {"[localhost]:80", "[localhost]:80", kInBrackets},
    {"[fe80::1%]:80", "[fe80::1%]:80", kInBrackets},
    {"::1", "::1", kBrackets},
    {"::1:8081", "::1:8081", kBrackets},
    {"fe80::1:80", "fe80::1:80", kBrackets},
    {"", "''", kEmptyList},
    {"  ", "  ", kEmptyList},
    {",", ",", kEmptyMember},
    {"a:1,", "a:1,", kEmptyMember},
    {",a:1", ",a:1", kEmptyMember},
    {"a:1, ,b:1", "a:1, ,b:1", kEmptyMember},
};

TEST(ParseServers, RefusesEachMistakeInItsOwnWords) {
  for (const Refused& row : kRefused) {
    const auto servers = parse_servers(row.list);
    ASSERT_FALSE(servers) << row.list;
    EXPECT_EQ(servers.error(), std::string(row.value).append(row.expected));
  }
}

TEST(ParseServers, RefusesTheSameServerTwice) {
  struct Row {
    std::string_view list;
    std::string_view name;
  };
  static constexpr Row kRows[] = {
      {"localhost:8081,localhost:8081", "localhost:8081"},
      {"localhost:8081,LOCALHOST:8081", "LOCALHOST:8081"},
      {"localhost:8081,http://localhost:08081/", "localhost:8081"},
      {"a:80-82,b:1,a:82", "a:82"},
      {"a:80-82,a:81-83", "a:81"},
      {"[::1]:1,[::1]:1", "[::1]:1"},
      {"unix:/a,unix:/a", "unix:/a"},
  };
  for (const Row& row : kRows) {
    const auto servers = parse_servers(row.list);
    ASSERT_FALSE(servers) << row.list;
    EXPECT_EQ(servers.error(), std::string(row.name) + " is given twice");
  }
}

TEST(ParseServers, HoldsItsBounds) {
  const std::string longest = "unix:/" + std::string(kUnixPathBytesMax - 1, 'a');
  EXPECT_TRUE(parse_servers(longest));
  EXPECT_EQ(parse_servers(longest + "a").error(),
            shown(longest + "a") + ": expected a unix path of at most 107 bytes");

  const std::string host(kHostBytesMax, 'a');
  EXPECT_TRUE(parse_servers(host + ":80"));
  EXPECT_FALSE(parse_servers(host + "a:80"));

  EXPECT_EQ(parse_servers("a:1-1024")->size(), kServersMax);
  EXPECT_EQ(parse_servers("a:1-1025").error(), "a:1-1025: expected at most 1024 servers");
  EXPECT_EQ(parse_servers("a:1-65535").error(), "a:1-65535: expected at most 1024 servers");
}

TEST(ParseServers, IsNotFooledByANulInAnAddress) {
  using namespace std::string_literals;
  EXPECT_FALSE(parse_servers("[::1\0junk]:80"s));
  EXPECT_FALSE(parse_servers("a\0b:80"s));
}

TEST(AppendServers, LooksAtTheServersOfEarlierListsToo) {
  Servers servers;
  EXPECT_TRUE(append_servers(servers, "a:1,b:1"));
  EXPECT_TRUE(append_servers(servers, "c:1"));
  EXPECT_EQ(servers.size(), 3U);
  EXPECT_EQ(append_servers(servers, "d:1,b:1").error(), "b:1 is given twice");
}

}  // namespace
}  // namespace lb::app
