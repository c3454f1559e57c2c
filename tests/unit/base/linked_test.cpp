#include "lb/base/linked.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lb {
namespace {

struct Member : Linked<Member> {
  explicit Member(char own_name) : name(own_name) {}
  char name;
};

class ALinkedList : public testing::Test {
 protected:
  [[nodiscard]] std::string names() const {
    std::string text;
    for (const Member* m = list_.first(); m != nullptr; m = LinkedList<Member>::next(*m)) {
      text += m->name;
    }
    return text;
  }
  LinkedList<Member> list_;
};

TEST_F(ALinkedList, HasItsNewestFirst) {
  Member a('a');
  Member b('b');
  a.link(list_);
  b.link(list_);
  EXPECT_EQ(names(), "ba");
}

TEST_F(ALinkedList, IsLeftFromTheMiddleAndFromBothEnds) {
  Member a('a');
  Member b('b');
  Member c('c');
  a.link(list_);
  b.link(list_);
  c.link(list_);
  b.unlink();
  EXPECT_EQ(names(), "ca");
  c.unlink();
  EXPECT_EQ(names(), "a");
  a.unlink();
  EXPECT_EQ(names(), "");
  a.unlink();  // again: nothing happens
}

TEST_F(ALinkedList, IsLeftByWhoDies) {
  Member a('a');
  a.link(list_);
  {
    Member b('b');
    b.link(list_);
  }
  EXPECT_EQ(names(), "a");
}

TEST_F(ALinkedList, IsChangedByWhoEntersAnother) {
  LinkedList<Member> other;
  Member a('a');
  a.link(other);
  a.link(list_);
  EXPECT_EQ(names(), "a");
  EXPECT_EQ(other.first(), nullptr);
}

TEST_F(ALinkedList, MayDieBeforeItsMembers) {
  Member a('a');
  {
    LinkedList<Member> shorter;
    a.link(shorter);
  }
  a.unlink();
  a.link(list_);
  EXPECT_EQ(names(), "a");
}

}  // namespace
}  // namespace lb
