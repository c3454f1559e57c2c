#include "lb/http/forwarding.h"
#include "lb/http/parser.h"
#include "lb/http/writer.h"
#include "tests/fuzz/exact.h"
#include "tests/fuzz/properties.h"

namespace lb::fuzz {
namespace {

using http::ParseResult;
using http::ParseStatus;
using http::RequestHead;

// Small, so that inputs of a fuzzer's size reach them.
constexpr http::HeadLimits kLimits{.head_bytes_max = 2048, .fields_max = 24};

void check_prefixes(std::string_view bytes, const ParseResult& whole) {
  for (const std::size_t length : cuts(bytes.size())) {
    const Exact prefix(bytes.substr(0, length));
    RequestHead head;
    const ParseResult result = http::parse_request(prefix.view(), kLimits, head);
    if (result.status == ParseStatus::kIncomplete) continue;
    ensure(result.status == whole.status && result.bytes == whole.bytes, "prefix: same verdict");
    ensure(result.refusal.status == whole.refusal.status, "prefix: same status");
    ensure(result.refusal.reason == whole.refusal.reason, "prefix: same reason");
  }
}

// The target is written as the path, so the path is what must stay.
void check_same(const RequestHead& sent, const RequestHead& read) {
  const std::string path = (sent.path.starts_with('?') ? "/" : "") + std::string(sent.path);
  ensure(read.method_text == sent.method_text && read.method == sent.method, "same method");
  ensure(read.target == path && read.path == path, "same target");
  ensure(read.host == (sent.has_host ? sent.host : "server:80"), "same host");
  ensure(read.framing == sent.framing, "same framing");
  ensure(read.keep_alive, "persistent unless said otherwise");
}

void check_written(RequestHead& head, const http::Peer& peer) {
  const http::ForwardingRules rules{http::ForwardedStyle::kBoth, "lb-1a2b3c4d"};
  std::string scratch(http::added_bytes_max(head, rules), '\0');
  http::edit_request(head, peer, rules, scratch);
  std::vector<std::string> expected = lines_of(head.fields);

  std::string out(http::written_bytes_max(head) + 9, '\0');
  out.resize(http::write_request(head, "server:80", {}, out));
  const Exact wire(out);
  RequestHead again;
  constexpr http::HeadLimits kAmple{.head_bytes_max = 64 * 1024, .fields_max = 256};
  const ParseResult result = http::parse_request(wire.view(), kAmple, again);
  ensure(result.status == ParseStatus::kDone && result.bytes == out.size(), "written head parses");
  check_same(head, again);

  if (!head.has_host) expected.insert(expected.begin(), "Host: server:80\r\n");
  std::vector<std::string> lines = lines_of(again.fields);
  if (head.framing.kind != http::Framing::Kind::kNone) lines.pop_back();
  ensure(lines == expected, "same fields in the same order");
}

}  // namespace

void check_request(std::string_view bytes) {
  const Exact input(bytes);
  RequestHead head;
  const ParseResult result = http::parse_request(input.view(), kLimits, head);
  check_prefixes(bytes, result);
  if (result.status != ParseStatus::kDone) return;

  ensure(result.bytes <= bytes.size() && result.bytes <= kLimits.head_bytes_max, "head in limits");
  const http::HeadEnd end = http::head_end(input.view(), 0);
  ensure(end.kind == http::HeadEnd::Kind::kFound && end.scanned == result.bytes, "head_end agrees");
  const http::Framing framing = head.framing;
  check_written(head, {"2001:db8::1", "http", bytes.size() % 2 == 0});
  check_body(framing, bytes.substr(result.bytes));
}

}  // namespace lb::fuzz
