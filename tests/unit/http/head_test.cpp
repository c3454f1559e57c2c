#include "lb/http/head.h"

#include <gtest/gtest.h>

namespace lb::http {
namespace {

struct Row {
  const char* token;
  Method method;
  bool idempotent;
};

TEST(Method, IsIdentifiedAndKnownToBeIdempotent) {
  const Row rows[] = {
      {"GET", Method::kGet, true},         {"HEAD", Method::kHead, true},
      {"POST", Method::kPost, false},      {"PUT", Method::kPut, true},
      {"DELETE", Method::kDelete, true},   {"OPTIONS", Method::kOptions, true},
      {"TRACE", Method::kTrace, true},     {"CONNECT", Method::kConnect, false},
      {"PATCH", Method::kOther, false},    {"get", Method::kOther, false},
      {"GETS", Method::kOther, false},     {"PUX", Method::kOther, false},
      {"DELETF", Method::kOther, false},   {"OPTION", Method::kOther, false},
      {"OPTIONT", Method::kOther, false},  {"", Method::kOther, false},
      {"PROPFIND", Method::kOther, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(identify_method(row.token), row.method) << row.token;
    EXPECT_EQ(is_idempotent(row.method), row.idempotent) << row.token;
  }
}

TEST(Head, ClearedKeepsTheMemoryOfItsFields) {
  RequestHead request;
  request.fields.resize(100);
  request.clear();
  EXPECT_TRUE(request.fields.empty());
  EXPECT_GE(request.fields.capacity(), 100U);
  ResponseHead response;
  response.fields.resize(100);
  response.clear();
  EXPECT_GE(response.fields.capacity(), 100U);
}

}  // namespace
}  // namespace lb::http
