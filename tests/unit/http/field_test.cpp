#include "lb/http/field.h"

#include <gtest/gtest.h>

#include <string>

#include "lb/base/ascii.h"

namespace lb::http {
namespace {

struct Named {
  const char* name;
  FieldId id;
};

constexpr Named kNames[] = {
    {"Connection", FieldId::kConnection},
    {"Content-Length", FieldId::kContentLength},
    {"Date", FieldId::kDate},
    {"Expect", FieldId::kExpect},
    {"Forwarded", FieldId::kForwarded},
    {"Host", FieldId::kHost},
    {"HTTP2-Settings", FieldId::kHttp2Settings},
    {"Keep-Alive", FieldId::kKeepAlive},
    {"Max-Forwards", FieldId::kMaxForwards},
    {"Proxy-Connection", FieldId::kProxyConnection},
    {"Referer", FieldId::kReferer},
    {"TE", FieldId::kTe},
    {"Trailer", FieldId::kTrailer},
    {"Transfer-Encoding", FieldId::kTransferEncoding},
    {"Upgrade", FieldId::kUpgrade},
    {"User-Agent", FieldId::kUserAgent},
    {"Via", FieldId::kVia},
    {"X-Forwarded-For", FieldId::kXForwardedFor},
    {"X-Forwarded-Host", FieldId::kXForwardedHost},
    {"X-Forwarded-Proto", FieldId::kXForwardedProto},
    {"X-Real-IP", FieldId::kXRealIp},
};

TEST(Field, IsIdentifiedInAnyCase) {
  for (const Named& row : kNames) {
    std::string name = row.name;
    EXPECT_EQ(identify(name), row.id) << name;
    for (char& c : name) c = to_lower(c);
    EXPECT_EQ(identify(name), row.id) << name;
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    EXPECT_EQ(identify(name), row.id) << name;
  }
}

// Every name that begins with X-Forwarded- tells who asks, and no other is known by a part of it.
FieldId id_of_likeness(const std::string& name) {
  const bool tells = equals_ignoring_case(name.substr(0, 12), "x-forwarded-");
  return tells ? FieldId::kXForwardedOther : FieldId::kOther;
}

TEST(Field, IsNotIdentifiedByAPartOrALikeness) {
  for (const Named& row : kNames) {
    const std::string name = row.name;
    EXPECT_EQ(identify(name + "s"), id_of_likeness(name + "s")) << name;
    const std::string part = name.substr(0, name.size() - 1);
    EXPECT_EQ(identify(part), id_of_likeness(part)) << name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string other = name;
      other[i] = '_';
      EXPECT_EQ(identify(other), id_of_likeness(other)) << other;
    }
  }
  EXPECT_EQ(identify(""), FieldId::kOther);
  EXPECT_EQ(identify("Cookie"), FieldId::kOther);
}

TEST(Field, MadeHereHasItsPartsLocated) {
  const Field field = make_field("Via: 1.1 lb\r\n");
  EXPECT_EQ(field.name(), "Via");
  EXPECT_EQ(field.value(), "1.1 lb");
  EXPECT_EQ(field.text(), "Via: 1.1 lb\r\n");
  EXPECT_EQ(field.id, FieldId::kVia);
  EXPECT_EQ(make_field("X: \r\n").value(), "");
}

TEST(Field, IsFoundUnlessDropped) {
  Fields fields = {make_field("Via: a\r\n"), make_field("X: y\r\n"), make_field("Via: b\r\n")};
  ASSERT_NE(find(fields, FieldId::kVia), nullptr);
  EXPECT_EQ(find(fields, FieldId::kVia)->value(), "a");
  fields[0].dropped = true;
  EXPECT_EQ(find(fields, FieldId::kVia)->value(), "b");
  EXPECT_EQ(find(fields, FieldId::kHost), nullptr);
}

}  // namespace
}  // namespace lb::http
