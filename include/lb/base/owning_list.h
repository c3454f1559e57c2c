#pragma once

// A doubly linked list that owns its members: the links live in the members (Listed<T>), so
// entering and leaving cost no allocation and a member in the middle leaves in constant time. The
// newest stands first.

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

namespace lb {

template <class T>
class OwningList;

template <class T>
class Listed {
 private:
  friend class OwningList<T>;
  std::unique_ptr<T> older_;
  T* newer_ = nullptr;
};

template <class T>
class OwningList {
 public:
  OwningList() = default;
  ~OwningList() {
    // One by one: the chain of owners would destroy itself recursively.
    while (newest_) static_cast<void>(remove(*newest_));
  }
  OwningList(const OwningList&) = delete;
  OwningList& operator=(const OwningList&) = delete;

  T& add(std::unique_ptr<T> member) {
    T& added = *member;
    Links& links = added;
    links.newer_ = nullptr;
    links.older_ = std::move(newest_);
    if (links.older_) static_cast<Links&>(*links.older_).newer_ = &added;
    if (oldest_ == nullptr) oldest_ = &added;
    newest_ = std::move(member);
    ++size_;
    return added;
  }

  [[nodiscard]] std::unique_ptr<T> remove(T& member) {
    Links& links = member;
    std::unique_ptr<T>& owner =
        links.newer_ != nullptr ? static_cast<Links&>(*links.newer_).older_ : newest_;
    assert(owner.get() == &member);
    std::unique_ptr<T> removed = std::move(owner);
    if (links.older_) static_cast<Links&>(*links.older_).newer_ = links.newer_;
    if (oldest_ == &member) oldest_ = links.newer_;
    owner = std::move(links.older_);
    links.newer_ = nullptr;
    --size_;
    return removed;
  }

  [[nodiscard]] T* newest() const { return newest_.get(); }
  [[nodiscard]] T* oldest() const { return oldest_; }
  [[nodiscard]] static T* older(const T& member) {
    return static_cast<const Links&>(member).older_.get();
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  using Links = Listed<T>;
  std::unique_ptr<T> newest_;
  T* oldest_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lb
