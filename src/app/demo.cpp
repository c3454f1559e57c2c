#include "app/demo.h"

#include <stdexcept>

#include "app/listen.h"
#include "lb/base/recycled.h"

namespace lb::app {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1";
constexpr int kBacklog = 4096;
constexpr std::string_view kTypeLine = "Content-Type: text/plain; charset=utf-8\r\n";

// One request to a demo backend: reads the body to its end, then answers.
class DemoExchange final : public http::ServerStreamHandler, public Recycled<DemoExchange> {
 public:
  DemoExchange(const DemoService& service, http::ServerStream& stream)
      : service_(service), stream_(stream) {}

  void on_request(http::RequestHead& head, const http::Piece& first,
                  const http::Peer& peer) override {
    head_only_ = head.method == http::Method::kHead;
    text_ = "hello from " + service_.name() + "\n" + std::string(head.method_text) + " " +
            std::string(head.target) + " from " + std::string(peer.client_ip) + "\n";
    for (const http::Field& field : head.fields) {
      text_ += std::string(field.name()) + ": " + std::string(field.value()) + "\n";
    }
    on_request_body(first);
  }

  void on_refused(const http::Refusal& refusal, const http::Peer&) override {
    head_only_ = refusal.head_only;
    status_ = refusal.status;
    reason_ = "Refused";
    text_ = std::string(refusal.reason) + "\n";
    answer();
  }

  void on_request_body(const http::Piece& piece) override {
    body_bytes_ += piece.bytes.size();
    if (!piece.end) return;
    if (body_bytes_ > 0) text_ += "\nreceived " + std::to_string(body_bytes_) + " bytes\n";
    answer();
  }

  void on_response_drained() override {}
  void on_response_sent() override { stream_.finish(); }
  void on_client_failed(const Error&) override { stream_.reset(); }

 private:
  void answer() {
    http::ResponseHead head;
    head.status = status_;
    head.reason = reason_;
    head.content_length = text_.size();
    if (!head_only_) head.framing = {.kind = http::Framing::Kind::kLength, .length = text_.size()};
    const std::string name_line = "X-Demo-Backend: " + service_.name() + "\r\n";
    head.fields.push_back(http::make_field(kTypeLine));
    head.fields.push_back(http::make_field(name_line));
    if (head_only_) text_.clear();
    static_cast<void>(stream_.send_response(head, {.bytes = text_, .end = true}));
    if (stream_.response_sent()) stream_.finish();
  }

  const DemoService& service_;
  http::ServerStream& stream_;
  std::string text_;
  std::string_view reason_ = "OK";
  std::uint64_t body_bytes_ = 0;
  std::uint16_t status_ = 200;
  bool head_only_ = false;
};

}  // namespace

std::unique_ptr<http::ServerStreamHandler> DemoService::open(http::ServerStream& stream) {
  return std::make_unique<DemoExchange>(*this, stream);
}

DemoBackend::DemoBackend(event::Reactor& reactor, std::string name)
    : service_(std::move(name)),
      listener_(reactor, service_, downstream::H1ServerLimits{}, kConnectionsMax) {
  auto listening =
      listen_on({.host = std::string(kLoopback), .port = 0, .unix_path = {}}, kBacklog);
  if (!listening) throw std::runtime_error(listening.error());
  for (os::Fd& socket : listening->sockets) {
    if (listener_.add(std::move(socket)) != 0)
      throw std::runtime_error("cannot watch a demo backend");
  }
  port_ = listening->where.port;
  address_ = std::string(kLoopback) + ":" + std::to_string(port_);
}

}  // namespace lb::app
