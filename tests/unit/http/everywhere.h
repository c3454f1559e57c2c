#pragma once

// Parses a head as a caller does that gets it whole, byte by byte, and in two pieces cut anywhere;
// each time at the end of an allocation of its size. The verdict must be the same each time.

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "lb/http/parser.h"
#include "tests/fuzz/exact.h"

namespace lb::http {

// Calls parse(bytes) on growing prefixes in the way that parser.h asks for.
template <class Parse>
ParseResult parse_in_pieces(std::string_view text, const std::vector<std::size_t>& ends,
                            std::size_t head_bytes_max, Parse&& parse) {
  ParseResult result;
  std::size_t scanned = 0;
  for (const std::size_t end : ends) {
    const fuzz::Exact prefix(text.substr(0, end));
    const HeadEnd found = head_end(prefix.view(), scanned);
    const bool look = scanned == 0 || found.kind != HeadEnd::Kind::kMore || end >= head_bytes_max;
    if (look) result = parse(prefix.view());
    if (result.status != ParseStatus::kIncomplete) return result;
    scanned = end;
  }
  return result;
}

template <class Parse>
ParseResult parse_everywhere(std::string_view text, std::size_t head_bytes_max, Parse&& parse) {
  const fuzz::Exact whole(text);
  const ParseResult expected = parse(whole.view());
  std::vector<std::vector<std::size_t>> ways(1);
  for (std::size_t i = 1; i <= text.size(); ++i) {
    ways.front().push_back(i);
    ways.push_back({i, text.size()});
  }
  for (const std::vector<std::size_t>& ends : ways) {
    const ParseResult result = parse_in_pieces(text, ends, head_bytes_max, parse);
    EXPECT_EQ(result.status, expected.status) << "first piece " << ends.front();
    EXPECT_EQ(result.bytes, expected.bytes) << "first piece " << ends.front();
    EXPECT_EQ(result.refusal.status, expected.refusal.status) << "first piece " << ends.front();
    EXPECT_EQ(result.refusal.reason, expected.refusal.reason) << "first piece " << ends.front();
  }
  return expected;
}

}  // namespace lb::http
