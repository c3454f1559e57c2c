#pragma once

// What must hold for all bytes, whatever they are. The fuzz targets and the unit tests call these
// with inputs of their own; a property that does not hold ends the process.

#include <string>
#include <string_view>
#include <vector>

#include "lb/http/body.h"

namespace lb::fuzz {

// Bytes that a client sends: one request head and what follows it.
//   - the verdict on a prefix is kIncomplete or the verdict on the whole;
//   - what the writer makes of an accepted head after the forwarding rules parses again, to the
//     same request;
//   - the body is the same however it is cut, and is the same again after the body writer.
void check_request(std::string_view bytes);

// The same for what a server sends, as an answer to GET, HEAD and CONNECT.
void check_response(std::string_view bytes);

// What a balancer sends before what its client sends: a PROXY header.
//   - the verdict on a prefix is kIncomplete or the verdict on the whole, and the header says where
//     the prefix ends that suffices;
//   - what is incomplete is shorter than the bound;
//   - a client that is named is named again by a header of either version that is made of it;
//   - an accepted one of version 2 is accepted with its right checksum, and with no other.
void check_proxy_header(std::string_view bytes);

// Prints `what` and aborts unless `holds`.
void ensure(bool holds, const char* what);

// Lengths of prefixes of a text of that size that are worth a look: all of a short one, some of a
// long one; the same ones for the same size.
[[nodiscard]] std::vector<std::size_t> cuts(std::size_t size);

// The fields that are not dropped, each as "Name: value" with its line end.
[[nodiscard]] std::vector<std::string> lines_of(const http::Fields& fields);

// A body as a caller of BodyReader sees it that gets its bytes in pieces.
struct ReadBody {
  http::BodyReader::Status status = http::BodyReader::Status::kMore;
  std::string payload;
  std::size_t consumed = 0;
  std::vector<std::string> trailers;

  [[nodiscard]] bool operator==(const ReadBody&) const = default;
};
[[nodiscard]] ReadBody read_body(http::Framing framing, std::string_view bytes,
                                 const std::vector<std::size_t>& cut_at);

// Cut in any way, and written and read again, it is the same body.
void check_body(http::Framing framing, std::string_view bytes);

}  // namespace lb::fuzz
