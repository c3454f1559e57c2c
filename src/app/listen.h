#pragma once

// Listening sockets for every address that somebody means by one name.

#include <expected>
#include <string>
#include <vector>

#include "app/socket_file.h"
#include "lb/app/options.h"
#include "lb/os/os.h"

namespace lb::app {

struct Listening {
  ListenAddress asked;  // as somebody wrote it
  ListenAddress where;  // with the port that all sockets have
  SocketFile file;      // of a unix socket: to be given up after the socket is closed
  std::vector<os::Fd> sockets;
  std::uint16_t sets = 1;  // that the sockets are
};

// All addresses of a host, or of this machine, on one port; port 0 lets the kernel choose one that
// is free on all of them. An address whose family this machine lacks is skipped. The file of a unix
// socket that nobody serves any more is replaced. What is wrong otherwise, in one line.
//
// `sets`: of TCP sockets, one set behind the other, so that several processes may serve one place;
// that nobody else serves it is made sure before. A unix socket has one, for all.
[[nodiscard]] std::expected<Listening, std::string> listen_on(const ListenAddress& where,
                                                              int backlog, std::uint16_t sets = 1);

// A socket that the service manager opened and goes on owning, with the file of it if it has one.
[[nodiscard]] std::expected<Listening, std::string> listen_on_inherited(int descriptor);

// Makes sockets ours that another process had; or what is wrong with one of them.
[[nodiscard]] std::expected<std::vector<os::Fd>, std::string> adopt(std::vector<os::Fd> sockets);

}  // namespace lb::app
