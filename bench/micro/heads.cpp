// What is done for each head: it is parsed, edited and written anew.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "lb/http/forwarding.h"
#include "lb/http/outgoing_request.h"
#include "lb/http/parser.h"
#include "lb/http/writer.h"

namespace lb {
namespace {

// What a browser sends: 2 KiB, 20 fields.
const std::string& browser_head() {
  static const std::string head = [] {
    std::string text =
        "GET /assets/app.3f9c1d.js?version=20261122 HTTP/1.1\r\n"
        "Host: www.shop.example\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/131.0.0.0 Safari/537.36\r\n"
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;"
        "q=0.8\r\n"
        "Accept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
        "Accept-Encoding: gzip, deflate, br, zstd\r\n"
        "Referer: https://www.shop.example/products/42?color=green\r\n"
        "Connection: keep-alive\r\n"
        "Sec-Fetch-Dest: script\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Site: same-origin\r\n"
        "Sec-Ch-Ua: \"Chromium\";v=\"131\", \"Not_A Brand\";v=\"24\"\r\nSec-Ch-Ua-Mobile: ?0\r\n"
        "Sec-Ch-Ua-Platform: \"Linux\"\r\nDnt: 1\r\nPragma: no-cache\r\n"
        "Cache-Control: no-cache\r\nPriority: u=1\r\nX-Requested-With: XMLHttpRequest\r\n"
        "If-None-Match: \"5d8c72a5edda8d6a:0\"\r\n";
    const std::size_t rest = 2048 - text.size() - std::string("Cookie: \r\n\r\n").size();
    return text + "Cookie: " + std::string(rest, 'c') + "\r\n\r\n";
  }();
  return head;
}

const std::string& response_head() {
  static const std::string head =
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
      "Content-Type: application/javascript\r\nContent-Length: 128\r\n"
      "Last-Modified: Sat, 21 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n"
      "ETag: \"674061c0-80\"\r\nCache-Control: max-age=3600\r\nAccept-Ranges: bytes\r\n\r\n";
  return head;
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void parse_request_head(benchmark::State& state) {
  http::RequestHead head;
  while (state.KeepRunning()) {
    const http::ParseResult result = http::parse_request(browser_head(), {}, head);
    if (result.status != http::ParseStatus::kDone) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head.fields.data());
  }
  count_bytes(state, browser_head().size());
}

void parse_response_head(benchmark::State& state) {
  http::ResponseHead head;
  while (state.KeepRunning()) {
    const http::ParseResult result =
        http::parse_response(response_head(), {}, http::Method::kGet, head);
    if (result.status != http::ParseStatus::kDone) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head.fields.data());
  }
  count_bytes(state, response_head().size());
}

void forward_request_head(benchmark::State& state) {
  const http::ForwardingRules rules{.via = "lb-1a2b3c4d"};
  std::vector<char> scratch(64 * 1024);
  http::RequestHead head;
  while (state.KeepRunning()) {
    const http::ParseResult result = http::parse_request(browser_head(), {}, head);
    if (result.status != http::ParseStatus::kDone) state.SkipWithError("refused");
    http::edit_request(head, {.client_ip = "192.0.2.1"}, rules, scratch);
    http::OutgoingRequest outgoing;
    outgoing.write(head, {.bytes = {}, .end = true});
    benchmark::DoNotOptimize(outgoing.slices("server:80").all().data());
  }
  count_bytes(state, browser_head().size());
}

void forward_response_head(benchmark::State& state) {
  std::vector<char> out(64 * 1024);
  http::ResponseHead head;
  while (state.KeepRunning()) {
    const http::ParseResult result =
        http::parse_response(response_head(), {}, http::Method::kGet, head);
    if (result.status != http::ParseStatus::kDone) state.SkipWithError("refused");
    http::edit_response(head);
    benchmark::DoNotOptimize(http::write_response(head, head.framing, "", out));
  }
  count_bytes(state, response_head().size());
}

BENCHMARK(parse_request_head);
BENCHMARK(parse_response_head);
BENCHMARK(forward_request_head);
BENCHMARK(forward_response_head);

}  // namespace
}  // namespace lb
