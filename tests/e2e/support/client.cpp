#include "tests/e2e/support/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tests/e2e/support/address.h"

namespace lb::e2e {
namespace {

Fd connected_socket(std::uint16_t port, const ClientOptions& options) {
  const bool is_unix = !options.unix_path.empty();
  const SocketAddress address =
      is_unix ? unix_address(options.unix_path) : ip_address(options.ip, port);
  Fd socket = new_socket(address);
  if (options.receive_buffer > 0) {
    ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &options.receive_buffer,
                 sizeof options.receive_buffer);
  }
  if (::connect(socket.number(), address.get(), address.size) != 0) {
    throw WireError(WireError::Kind::kReset, std::string("connect: ") + std::strerror(errno));
  }
  if (is_unix) return socket;
  const int on = 1;
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

std::string head(std::string_view method, std::string_view target, std::string_view fields) {
  std::string text(method);
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: ";
  text += kHost;
  text += "\r\n";
  text += fields;
  return text;
}

}  // namespace

Client::Client(std::uint16_t port, const ClientOptions& options)
    : wire_(connected_socket(port, options)) {}

void Client::drips(std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(1)) wire_.sends(bytes.substr(0, 1));
}

Response Client::gets(std::string_view target, std::string_view fields) {
  sends(get(target, fields));
  return reads_response();
}

Response Client::reads_response(std::string_view method, Deadline deadline) {
  Response response;
  ResponseHead head = reads_head(deadline);
  for (; head.status < 200 && head.status != 101; head = reads_head(deadline)) {
    response.interims.push_back(head);
  }
  static_cast<ResponseHead&>(response) = std::move(head);
  const Framing framing = response_framing(response, method);
  response.framing = framing.kind;
  BodyReader reader(wire_, framing);
  try {
    while (!reader.done()) response.body += reader.next(deadline);
    response.trailers = reader.trailers();
  } catch (const WireError& error) {
    if (error.kind() != WireError::Kind::kEof && error.kind() != WireError::Kind::kReset) throw;
    response.complete = false;
  }
  return response;
}

ResponseHead Client::reads_head(Deadline deadline) {
  return parse_response_head(wire_.reads_head(deadline));
}

End Client::reads_end(Deadline deadline) {
  try {
    return wire_.reads_some(1, deadline).empty() ? End::kClosed : End::kNotAfterBytes;
  } catch (const WireError& error) {
    if (error.kind() != WireError::Kind::kReset) throw;
    return End::kReset;
  }
}

std::string get(std::string_view target, std::string_view fields) {
  return head("GET", target, fields) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view fields) {
  return post_head(target, body.size(), fields) + std::string(body);
}

std::string post_chunked(std::string_view target, std::string_view body, std::size_t chunk_size) {
  return head("POST", target, "Transfer-Encoding: chunked\r\n") + "\r\n" +
         chunked(body, chunk_size);
}

std::string post_head(std::string_view target, std::uint64_t length, std::string_view fields) {
  return head("POST", target, "Content-Length: " + std::to_string(length) + "\r\n") +
         std::string(fields) + "\r\n";
}

bool is_refused(std::uint16_t port, const std::string& ip) {
  const SocketAddress address = ip_address(ip, port);
  const Fd socket = new_socket(address);
  return ::connect(socket.number(), address.get(), address.size) != 0 && errno == ECONNREFUSED;
}

}  // namespace lb::e2e
