// Numeric names only: what a resolver makes of others is not this machine's to promise.

#include <gtest/gtest.h>

#include "lb/os/os.h"
#include "tests/unit/support/loopback.h"

namespace lb::os {
namespace {

TEST(Resolve, TakesAnIpv4Address) {
  const auto found = resolve("127.0.0.1", 8080);
  ASSERT_TRUE(found.has_value()) << found.error();
  EXPECT_EQ(*found, std::vector{test::loopback(8080)});
}

TEST(Resolve, TakesAnIpv6Address) {
  const auto found = resolve("::1", 8081);
  ASSERT_TRUE(found.has_value()) << found.error();
  EXPECT_EQ(*found, std::vector{test::loopback6(8081)});
}

TEST(Resolve, SaysWhyANameHasNoAddress) {
  const auto found = resolve("no such name", 80);  // no name may hold a blank: nobody is asked
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error(), "");
}

}  // namespace
}  // namespace lb::os
