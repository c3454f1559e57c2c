#pragma once

// Small backends inside this process, for `lb --demo`: each answers with its name, the path and the
// fields that it saw, passes health checks, and takes uploads. They are built from the same
// H1Server as the front, on ports of their own.

#include <memory>
#include <string>

#include "lb/downstream/listener.h"
#include "lb/http/stream.h"

namespace lb::app {

class DemoService final : public http::Service {
 public:
  explicit DemoService(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] std::unique_ptr<http::ServerStreamHandler> open(
      http::ServerStream& stream) override;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

// One backend: a service and the listener that it answers on.
class DemoBackend {
 public:
  static constexpr std::uint64_t kConnectionsMax = 4096;

  // Throws std::runtime_error if it cannot listen on loopback.
  DemoBackend(event::Reactor& reactor, std::string name);

  // "127.0.0.1:40123"
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  DemoService service_;
  downstream::Listener listener_;
  std::uint16_t port_ = 0;
  std::string address_;
};

}  // namespace lb::app
