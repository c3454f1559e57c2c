#include <algorithm>

#include "lb/http/forwarding.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/properties.h"

namespace lb::fuzz {
namespace {

using Status = http::BodyReader::Status;

void check_cuts(http::Framing framing, std::string_view bytes, const ReadBody& whole) {
  std::vector<std::size_t> every;
  for (std::size_t i = 1; i < bytes.size() && i < 512; ++i) every.push_back(i);
  std::vector<std::vector<std::size_t>> ways = {every};
  for (const std::size_t cut : cuts(bytes.size())) ways.push_back({cut});
  for (const std::vector<std::size_t>& way : ways) {
    const ReadBody pieces = read_body(framing, bytes, way);
    // In a trailer section that comes slowly a fault shows only when the section has ended.
    const bool fault_unseen = whole.status == Status::kBroken && pieces.status == Status::kMore &&
                              pieces.consumed < bytes.size();
    ensure(pieces.payload == whole.payload, "the payload does not depend on the cuts");
    ensure(pieces.status == whole.status || fault_unseen, "the end does not depend on the cuts");
    if (whole.status == Status::kBroken) continue;
    ensure(pieces == whole, "consumed and trailers do not depend on the cuts");
  }
}

std::string write_chunked(const ReadBody& body, http::Fields& trailers) {
  std::string payload = body.payload;
  std::size_t trailer_bytes = 0;
  for (const http::Field& field : trailers) trailer_bytes += field.line_bytes;
  std::string scratch(http::BodyWriter::kFrameBytesMax + trailer_bytes, '\0');
  const http::BodyWriter writer({http::Framing::Kind::kChunked, 0});

  std::string wire;
  const std::size_t half = payload.size() / 2;
  const std::span<char> octets(payload);
  for (const http::Piece& piece : {http::Piece{octets.first(half), false, nullptr},
                                   http::Piece{octets.subspan(half), true, &trailers}}) {
    const http::BodyWriter::Frame frame = writer.frame(piece, scratch);
    wire += frame.before;
    wire.append(piece.bytes.begin(), piece.bytes.end());
    wire += frame.after;
  }
  return wire;
}

void check_written(const ReadBody& body) {
  std::string text;
  for (const std::string& line : body.trailers) text += line;
  text += "\r\n";
  http::Fields trailers;
  const http::ParseResult parsed = http::parse_trailers(text, http::kTrailerLimits, trailers);
  ensure(parsed.status == http::ParseStatus::kDone, "trailers that were read parse again");
  http::edit_trailers(trailers);

  const std::string wire = write_chunked(body, trailers);
  const ReadBody again = read_body({http::Framing::Kind::kChunked, 0}, wire, {});
  ensure(again.status == Status::kDone && again.consumed == wire.size(), "a written body is whole");
  ensure(again.payload == body.payload, "a written body is the same");
  ensure(again.trailers == lines_of(trailers), "written trailers are the same");
}

}  // namespace

ReadBody read_body(http::Framing framing, std::string_view bytes,
                   const std::vector<std::size_t>& cut_at) {
  http::BodyReader reader(framing);
  http::Fields trailers;
  ReadBody body;
  std::vector<std::size_t> ends = cut_at;
  std::ranges::sort(ends);
  ends.push_back(bytes.size());
  for (const std::size_t end : ends) {
    Exact piece(bytes.substr(body.consumed, end - body.consumed));
    const http::BodyReader::Result result = reader.read(piece.bytes(), trailers);
    ensure(result.consumed <= piece.bytes().size(), "no more is consumed than was given");
    body.status = result.status;
    body.consumed += result.consumed;
    body.payload.append(result.payload.begin(), result.payload.end());
    if (result.status == Status::kMore) continue;
    if (result.status == Status::kDone) body.trailers = lines_of(trailers);
    break;
  }
  ensure(reader.done() == (body.status == Status::kDone), "done() tells what the status told");
  return body;
}

void check_body(http::Framing framing, std::string_view bytes) {
  const ReadBody whole = read_body(framing, bytes, {});
  check_cuts(framing, bytes, whole);
  if (whole.status == Status::kDone) check_written(whole);
}

}  // namespace lb::fuzz
