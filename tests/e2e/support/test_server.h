#pragma once

// A server of a test: a place of its own on this machine, and one thread for each connection, which
// serves it with a blocking function. It can be killed and started again at the same place; nobody
// else can take its port meanwhile. What it says is the business of Origin and SimpleBackend.

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/e2e/support/fd.h"

namespace lb::e2e {

// Where a server stands. Its name is what --servers is given: shown:port, or unix:path.
struct Place {
  std::string ip = "127.0.0.1";
  std::string shown = "127.0.0.1";
  std::string unix_path;   // of a unix socket, then the rest does not matter
  std::uint16_t port = 0;  // 0: any

  [[nodiscard]] std::string name() const;

  static Place at(std::string ip, std::string shown, std::uint16_t port = 0) {
    Place place;
    place.ip = std::move(ip);
    place.shown = std::move(shown);
    place.port = port;
    return place;
  }
  static Place on_ipv4(std::uint16_t port) { return at("127.0.0.1", "127.0.0.1", port); }
  static Place on_ipv6(std::uint16_t port = 0) { return at("::1", "[::1]", port); }
  // A server called localhost that listens at one of the addresses only; its port refuses at the
  // other.
  static Place localhost_on_ipv4() { return at("127.0.0.1", "localhost"); }
  static Place localhost_on_ipv6() { return at("::1", "localhost"); }
  static Place on_unix(std::string path) {
    Place place;
    place.unix_path = std::move(path);
    return place;
  }
};

class TestServer {
 public:
  using Serve = std::function<void(Fd connection, int id)>;

  // Listens. `id` counts the connections from 1.
  TestServer(Place place, Serve serve);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  [[nodiscard]] std::string name() const { return place_.name(); }
  [[nodiscard]] std::uint16_t port() const { return place_.port; }

  // Refuses connections from now on and cuts those it has, as a killed program does.
  void dies();
  void is_reborn();
  // Neither accepts nor refuses: connecting to it takes until somebody's patience ends. Connections
  // that it has go on.
  void stops_answering_connects();

 private:
  struct Connection {
    int number = -1;  // as long as it is served
    std::thread thread;
  };

  void holds_place();
  void listens();
  void accepts();
  void serves(Fd connection, Connection& entry, int id);
  void stops_accepting();
  void wakes_acceptor() const;

  Place place_;
  Serve serve_;
  std::vector<Fd> holders_;  // bound and never listening: they keep the port while nobody listens
  Fd listener_;
  Fd wake_;
  std::thread accepting_;
  std::vector<Fd> fillers_;  // of the queue of a server that does not answer connects
  std::mutex mutex_;
  std::list<Connection> connections_;
  int last_id_ = 0;
};

// Neighbouring ports of which none is taken, at both addresses of localhost.
[[nodiscard]] std::uint16_t first_of_free_ports(int count);
// Whether this machine has ::1.
[[nodiscard]] bool has_ipv6();

}  // namespace lb::e2e
