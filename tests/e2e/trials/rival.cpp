#include "tests/e2e/trials/rival.h"

#include <unistd.h>

#include <fstream>

#include "tests/e2e/support/client.h"
#include "tests/e2e/support/test_server.h"

namespace lb::e2e {
namespace {

constexpr const char* kBinary = "/usr/sbin/haproxy";

bool answers_at(std::uint16_t port) {
  if (is_refused(port)) return false;
  Client client(port);
  return client.gets("/r/1").status == 200;
}

}  // namespace

Rival::Rival(const std::vector<std::string>& servers, const std::string& settings)
    : port_(first_of_free_ports(1)),
      configuration_(std::filesystem::temp_directory_path() /
                     ("lb_trial_rival_" + std::to_string(::getpid()) + ".cfg")) {
  std::ofstream file(configuration_);
  file << "global\n  nbthread 1\n  maxconn 9000\n  no strict-limits\n"
       << "defaults\n  mode http\n  option http-keep-alive\n  http-reuse always\n"
       << "  timeout connect 1s\n  timeout client 60s\n  timeout http-keep-alive 75s\n"
       << settings << "frontend f\n  bind 127.0.0.1:" << port_ << "\n  default_backend b\n"
       << "backend b\n  balance roundrobin\n  option httpchk GET /health-check\n";
  for (std::size_t i = 0; i < servers.size(); ++i) {
    file << "  server s" << i << ' ' << servers[i] << " check inter 1s fastinter 100ms\n";
  }
  file.close();
  process_ = std::make_unique<Process>(
      kBinary, std::vector<std::string>{"-db", "-f", configuration_.string()}, Surroundings{});
  waits_until("an answer of the rival", [this] { return answers_at(port_); });
}

Rival::~Rival() {
  std::filesystem::remove(configuration_);
}

bool Rival::is_installed() {
  return ::access(kBinary, X_OK) == 0;
}

}  // namespace lb::e2e
