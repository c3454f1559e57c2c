#include "http/authority.h"

#include <gtest/gtest.h>

namespace lb::http {
namespace {

TEST(Authority, AcceptsNamesAddressesAndPorts) {
  for (const char* text : {"a",
                           "a.example",
                           "A.EXAMPLE.",
                           "localhost:8080",
                           "a:",
                           "a:0",
                           "a:65535",
                           "a:00080",
                           "127.0.0.1",
                           "127.0.0.1:80",
                           "under_score",
                           "a-b~c",
                           "!$&'()*+;=",
                           "%41b%2e",
                           "999.1.1.1",
                           "[::1]",
                           "[::]",
                           "[::1]:80",
                           "[2001:db8::1]",
                           "[1:2:3:4:5:6:7:8]",
                           "[1:2:3:4:5:6:7::]",
                           "[::ffff:127.0.0.1]",
                           "[1:2:3:4:5:6:1.2.3.4]",
                           "[2001:DB8::]",
                           "[v1.a:b]",
                           "[vF.~]:1"}) {
    EXPECT_TRUE(is_authority(text)) << text;
  }
}

TEST(Authority, RefusesEverythingElse) {
  for (const char* text : {"",
                           ":80",
                           "a b",
                           "a,b",
                           "a/b",
                           "a\\b",
                           "u@a",
                           "a?b",
                           "a#b",
                           "a\"b",
                           "<a>",
                           "{a}",
                           "a|b",
                           "a^b",
                           "a`b",
                           "\xc3\xa4",
                           "a%",
                           "a%4",
                           "a%zz",
                           "a:b",
                           "a:-1",
                           "a:+1",
                           "a:1:2",
                           "a:65536",
                           "a:99999999999999999999999",
                           "a: 80",
                           "[",
                           "[]",
                           "[::1",
                           "::1",
                           "1::2",
                           "[::1]a",
                           "[::1]:x",
                           "[1:2:3]",
                           "[1:2:3:4:5:6:7:8:9]",
                           "[1:2:3:4:5:6:7:8::]",
                           "[1::2::3]",
                           "[:::]",
                           "[:1:2]",
                           "[1:2:]",
                           "[12345::]",
                           "[g::]",
                           "[::1.2.3]",
                           "[::1.2.3.4.5]",
                           "[::1.2.3.256]",
                           "[::1.2.3.]",
                           "[1.2.3.4::]",
                           "[fe80::1%25eth0]",
                           "[v.a]",
                           "[v1.]",
                           "[vg.a]",
                           "[v1a]",
                           "[[::1]]"}) {
    EXPECT_FALSE(is_authority(text)) << text;
  }
}

}  // namespace
}  // namespace lb::http
