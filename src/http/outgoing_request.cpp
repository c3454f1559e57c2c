#include "lb/http/outgoing_request.h"

#include "http/put.h"
#include "lb/http/writer.h"

namespace lb::http {
namespace {

std::string_view connection_option(const RequestHead& head) {
  if (!head.upgrade.empty()) return "Upgrade";
  return head.keep_alive ? "" : "close";
}

std::size_t text_bytes(const Fields& fields) {
  std::size_t bytes = 0;
  for (const Field& field : fields) bytes += field.line_bytes;
  return bytes;
}

// Where the value of the first field begins.
std::size_t first_value(std::string_view head) {
  constexpr std::string_view kHost = "\r\nHost: ";
  return head.find("\r\n") + kHost.size();
}

}  // namespace

void OutgoingRequest::write(const RequestHead& head, const Piece& first) {
  method_ = head.method;
  framing_ = head.framing;
  keep_alive_ = head.keep_alive;
  expects_continue_ = head.expects_continue && first.bytes.empty();
  ended_ = first.end;
  const std::string_view connection = connection_option(head);
  const std::size_t trailers = first.trailers != nullptr ? text_bytes(*first.trailers) : 0;
  const std::size_t frame_bytes_max = BodyWriter::kFrameBytesMax + trailers;
  const std::size_t bytes_max =
      written_bytes_max(head) + connection.size() + first.bytes.size() + frame_bytes_max;
  // Behind it all, the frame takes shape before it goes where it belongs.
  const std::span<char> out = wire_.reserve(bytes_max + frame_bytes_max);
  const BodyWriter::Frame frame = BodyWriter(framing_).frame(first, out.subspan(bytes_max));
  head_bytes_ = write_request(head, {}, connection, out);
  host_at_ = head.has_host ? 0 : first_value({out.data(), head_bytes_});
  char* at = put(out.data() + head_bytes_, frame.before);
  at = put(at, std::string_view(first.bytes.data(), first.bytes.size()));
  at = put(at, frame.after);
  wire_.commit(static_cast<std::size_t>(at - out.data()));
}

void OutgoingRequest::append(std::span<const std::string_view> slices, bool end) {
  ended_ = ended_ || end;
  expects_continue_ = false;
  if (!held()) return;
  for (const std::string_view slice : slices) wire_.append(slice);
}

OutgoingRequest::Slices OutgoingRequest::slices(std::string_view server_name) const {
  Slices slices;
  const std::string_view wire = wire_.view();
  if (host_at_ == 0) {
    slices.slices_[0] = wire;
    slices.count_ = 1;
  } else {
    slices.slices_ = {wire.substr(0, host_at_), server_name, wire.substr(host_at_)};
    slices.count_ = 3;
  }
  return slices;
}

}  // namespace lb::http
