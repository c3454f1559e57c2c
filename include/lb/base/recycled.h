#pragma once

// Storage of short-lived objects without malloc: a class that derives from Recycled<itself> is
// created from, and given back to, a bounded free list of its own. unique_ptr and `new` work as
// ever. One thread only, as everything here.

#include <cstddef>
#include <new>

#include "lb/base/sanitized.h"

namespace lb {

// Under AddressSanitizer nothing is kept, so that it sees every use after the end of a life.
template <class T, std::size_t kKeptMax = kSanitized ? 0 : 1024>
class Recycled {
 public:
  static void* operator new(std::size_t size) {
    List& list = free_list();
    if (list.head == nullptr || size != sizeof(T)) return ::operator new(size);
    Node* node = list.head;
    list.head = node->next;
    --list.count;
    return node;
  }

  static void operator delete(void* memory, std::size_t size) {
    List& list = free_list();
    if (list.count >= kKeptMax || size != sizeof(T)) {
      ::operator delete(memory);
      return;
    }
    list.head = new (memory) Node{list.head};
    ++list.count;
  }

 private:
  struct Node {
    Node* next;
  };
  struct List {
    Node* head = nullptr;
    std::size_t count = 0;
    ~List() {
      while (head != nullptr) {
        Node* next = head->next;
        ::operator delete(head);
        head = next;
      }
    }
  };
  static List& free_list() {
    static List list;
    return list;
  }
};

}  // namespace lb
