#include "lb/base/recycled.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace lb {
namespace {

struct Small : Recycled<Small, kSanitized ? 0 : 2> {
  explicit Small(int number) : value(number) {}
  int value;
  void* padding[4] = {};
};

TEST(Recycled, GivesTheLastMemoryFirst) {
  auto first = std::make_unique<Small>(1);
  EXPECT_EQ(first->value, 1);
  const void* const memory = first.get();
  first.reset();
  const auto second = std::make_unique<Small>(2);
  EXPECT_EQ(second->value, 2);
  EXPECT_TRUE(kSanitized || second.get() == memory);
}

TEST(Recycled, ServesMoreThanItKeeps) {
  std::vector<std::unique_ptr<Small>> many;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10; ++i) many.push_back(std::make_unique<Small>(i));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(many[static_cast<std::size_t>(i)]->value, i);
    many.clear();
  }
}

struct Base : Recycled<Base> {
  virtual ~Base() = default;
  char text[32] = {};
};
struct Larger : Base {
  char more[256] = {};
};

TEST(Recycled, LeavesObjectsOfAnotherSizeToTheHeap) {
  std::unique_ptr<Base> larger = std::make_unique<Larger>();
  larger.reset();
  const auto base = std::make_unique<Base>();
  const auto again = std::make_unique<Larger>();
  EXPECT_EQ(again->more[255], 0);
  EXPECT_NE(static_cast<void*>(base.get()), static_cast<void*>(again.get()));
}

}  // namespace
}  // namespace lb
