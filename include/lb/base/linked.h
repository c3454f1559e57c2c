#pragma once

// A list that owns nothing: members enter by themselves and leave by themselves, at the latest when
// they die. The links live in them (Linked<T>), so neither costs an allocation.

namespace lb {

template <class T>
class LinkedList;

template <class T>
class Linked {
 public:
  Linked() = default;
  ~Linked() { unlink(); }
  Linked(const Linked&) = delete;
  Linked& operator=(const Linked&) = delete;

  void link(LinkedList<T>& list) {
    unlink();
    list_ = &list;
    next_ = list.first_;
    if (next_ != nullptr) next_->previous_ = this;
    list.first_ = this;
  }
  void unlink() {
    if (list_ == nullptr) return;
    (previous_ != nullptr ? previous_->next_ : list_->first_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    list_ = nullptr;
    previous_ = next_ = nullptr;
  }

 private:
  friend class LinkedList<T>;
  LinkedList<T>* list_ = nullptr;
  Linked* previous_ = nullptr;
  Linked* next_ = nullptr;
};

template <class T>
class LinkedList {
 public:
  LinkedList() = default;
  ~LinkedList() {
    while (first_ != nullptr) first_->unlink();
  }
  LinkedList(const LinkedList&) = delete;
  LinkedList& operator=(const LinkedList&) = delete;

  // The newest first; nullptr: there is none.
  [[nodiscard]] T* first() const { return static_cast<T*>(first_); }
  [[nodiscard]] static T* next(const T& member) {
    return static_cast<T*>(static_cast<const Linked<T>&>(member).next_);
  }

 private:
  friend class Linked<T>;
  Linked<T>* first_ = nullptr;
};

}  // namespace lb
