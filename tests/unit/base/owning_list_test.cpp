#include "lb/base/owning_list.h"

#include <gtest/gtest.h>

#include <string>

namespace lb {
namespace {

class Member final : public Listed<Member> {
 public:
  Member(char name, std::string& ended) : name_(name), ended_(ended) {}
  ~Member() { ended_ += name_; }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  [[nodiscard]] char name() const { return name_; }

 private:
  char name_;
  std::string& ended_;
};

class AnOwningList : public testing::Test {
 protected:
  Member& adds(char name) { return list_.add(std::make_unique<Member>(name, ended_)); }

  // From the newest on.
  [[nodiscard]] std::string names() const {
    std::string text;
    for (const Member* member = list_.newest(); member != nullptr;) {
      text += member->name();
      member = OwningList<Member>::older(*member);
    }
    return text;
  }

  std::string ended_;
  OwningList<Member> list_;
};

TEST_F(AnOwningList, IsEmptyAtFirst) {
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(list_.size(), 0U);
  EXPECT_EQ(list_.newest(), nullptr);
  EXPECT_EQ(list_.oldest(), nullptr);
}

TEST_F(AnOwningList, HasTheNewestFirst) {
  adds('a');
  adds('b');
  adds('c');
  EXPECT_EQ(names(), "cba");
  EXPECT_EQ(list_.newest()->name(), 'c');
  EXPECT_EQ(list_.oldest()->name(), 'a');
  EXPECT_EQ(list_.size(), 3U);
}

TEST_F(AnOwningList, HandsARemovedMemberOver) {
  Member& member = adds('a');
  const std::unique_ptr<Member> removed = list_.remove(member);
  EXPECT_EQ(removed.get(), &member);
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(list_.oldest(), nullptr);
  EXPECT_EQ(ended_, "") << "it is not ours any more";
}

TEST_F(AnOwningList, LosesMembersAtBothEndsAndInTheMiddle) {
  Member& a = adds('a');
  Member& b = adds('b');
  Member& c = adds('c');
  Member& d = adds('d');
  static_cast<void>(list_.remove(b));
  EXPECT_EQ(names(), "dca");
  static_cast<void>(list_.remove(a));
  EXPECT_EQ(names(), "dc");
  EXPECT_EQ(list_.oldest(), &c);
  static_cast<void>(list_.remove(d));
  EXPECT_EQ(list_.newest(), &c);
  EXPECT_EQ(list_.size(), 1U);
  EXPECT_EQ(ended_, "bad");
}

TEST_F(AnOwningList, TakesAMemberBackAsTheNewest) {
  Member& a = adds('a');
  adds('b');
  list_.add(list_.remove(a));
  EXPECT_EQ(names(), "ab");
  EXPECT_EQ(list_.oldest()->name(), 'b');
}

TEST_F(AnOwningList, EndsItsMembersWithItself) {
  {
    OwningList<Member> list;
    for (const char name : {'x', 'y'}) list.add(std::make_unique<Member>(name, ended_));
  }
  EXPECT_EQ(ended_, "yx");
}

TEST_F(AnOwningList, EndsManyMembersWithoutRecursion) {
  for (int i = 0; i < 200'000; ++i) adds('x');  // a stack frame for each would not fit
  EXPECT_EQ(list_.size(), 200'000U);
}

}  // namespace
}  // namespace lb
