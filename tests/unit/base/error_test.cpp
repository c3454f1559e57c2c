#include "lb/base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string_view>

namespace lb {
namespace {

TEST(Error, EveryCodeHasWordsOfItsOwn) {
  std::set<std::string_view> words;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kCancelled); ++code) {
    words.insert(describe(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(ErrorCode::kCancelled) + 1);
  EXPECT_FALSE(words.contains("unknown error"));
  EXPECT_EQ(describe(ErrorCode::kRefused), "connection refused");
}

struct Row {
  int errno_value;
  ErrorCode code;
};

TEST(Error, KnowsTheFailureBehindAnErrno) {
  const Row rows[] = {
      {ECONNREFUSED, ErrorCode::kRefused},
      {ENETUNREACH, ErrorCode::kUnreachable},
      {EHOSTUNREACH, ErrorCode::kUnreachable},
      {ENOENT, ErrorCode::kRefused},
      {ETIMEDOUT, ErrorCode::kTimedOut},
      {ECONNRESET, ErrorCode::kReset},
      {EPIPE, ErrorCode::kReset},
      {EMFILE, ErrorCode::kExhausted},
      {ENFILE, ErrorCode::kExhausted},
      {EADDRNOTAVAIL, ErrorCode::kExhausted},
      {ENOBUFS, ErrorCode::kExhausted},
      {ENOMEM, ErrorCode::kExhausted},
  };
  for (const Row& row : rows)
    EXPECT_EQ(code_of_errno(row.errno_value), row.code) << row.errno_value;
}

TEST(Error, TellsOurOwnShortageFromAFullBacklog) {
  Error error{ErrorCode::kExhausted, Side::kUpstream, Phase::kConnect, EMFILE};
  EXPECT_TRUE(is_own_shortage(error));
  error.errno_value = EAGAIN;
  EXPECT_FALSE(is_own_shortage(error));
  EXPECT_FALSE(is_own_shortage({ErrorCode::kRefused, Side::kUpstream, Phase::kConnect, 0}));
}

TEST(Error, ComparesByValue) {
  const Error refused{ErrorCode::kRefused, Side::kUpstream, Phase::kConnect, ECONNREFUSED};
  Error other = refused;
  EXPECT_EQ(refused, other);
  other.phase = Phase::kSend;
  EXPECT_NE(refused, other);
}

}  // namespace
}  // namespace lb
