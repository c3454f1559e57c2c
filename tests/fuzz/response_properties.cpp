#include "lb/http/forwarding.h"
#include "lb/http/parser.h"
#include "lb/http/writer.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/properties.h"

namespace lb::fuzz {
namespace {

using http::Framing;
using http::Method;
using http::ParseResult;
using http::ParseStatus;
using http::ResponseHead;

// Small, so that inputs of a fuzzer's size reach them.
constexpr http::HeadLimits kLimits{.head_bytes_max = 2048, .fields_max = 24};

void check_prefixes(std::string_view bytes, Method method, const ParseResult& whole) {
  for (const std::size_t length : cuts(bytes.size())) {
    const Exact prefix(bytes.substr(0, length));
    ResponseHead head;
    const ParseResult result = http::parse_response(prefix.view(), kLimits, method, head);
    if (result.status == ParseStatus::kIncomplete) continue;
    ensure(result.status == whole.status && result.bytes == whole.bytes, "prefix: same verdict");
    ensure(result.refusal.reason == whole.refusal.reason, "prefix: same reason");
  }
}

void check_written(ResponseHead& head, Method method) {
  http::edit_response(head);
  std::string out(http::written_bytes_max(head), '\0');
  out.resize(http::write_response(head, head.framing, {}, out));
  const Exact wire(out);
  ResponseHead again;
  constexpr http::HeadLimits kAmple{.head_bytes_max = 64 * 1024, .fields_max = 256};
  const ParseResult result = http::parse_response(wire.view(), kAmple, method, again);
  ensure(result.status == ParseStatus::kDone && result.bytes == out.size(), "written head parses");
  ensure(again.status == head.status && again.reason == head.reason, "same status");
  ensure(again.framing == head.framing, "same framing");

  std::vector<std::string> lines = lines_of(again.fields);
  if (again.content_length || again.framing.kind == Framing::Kind::kChunked) lines.pop_back();
  ensure(lines == lines_of(head.fields), "same fields in the same order");
}

void check_answer(std::string_view bytes, Method method) {
  const Exact input(bytes);
  ResponseHead head;
  const ParseResult result = http::parse_response(input.view(), kLimits, method, head);
  check_prefixes(bytes, method, result);
  if (result.status == ParseStatus::kRefused) ensure(result.refusal.status == 502, "always 502");
  if (result.status != ParseStatus::kDone) return;

  ensure(result.bytes <= bytes.size() && result.bytes <= kLimits.head_bytes_max, "head in limits");
  const Framing framing = head.framing;
  check_written(head, method);
  check_body(framing, bytes.substr(result.bytes));
}

}  // namespace

void check_response(std::string_view bytes) {
  for (const Method method : {Method::kGet, Method::kHead, Method::kConnect}) {
    check_answer(bytes, method);
  }
}

}  // namespace lb::fuzz
