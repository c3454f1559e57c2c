#include "lb/base/buffer.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

#include "lb/base/sanitized.h"

namespace lb {
namespace {

// Blocks of 1 KiB << class, header included. What is kept for reuse is bounded per class; the rest
// goes back to malloc.
constexpr std::size_t kClassBytesMin = 1024;
constexpr std::uint32_t kClasses = 24;  // up to 8 GiB: far above every limit that may be configured
constexpr std::size_t kSmallBytesMax = 4 * 1024;  // what holds heads, for each request in hand
constexpr std::size_t kKeptBytesMaxSmall = kSanitized ? 0 : 512 * 1024;
constexpr std::size_t kKeptBytesMaxLarge = kSanitized ? 0 : 128 * 1024;

struct FreeBlock {
  FreeBlock* next;
};

struct FreeLists {
  FreeBlock* heads[kClasses] = {};
  std::size_t kept[kClasses] = {};
  std::size_t bytes_in_use = 0;
  std::size_t bytes_kept = 0;

  ~FreeLists() {
    for (FreeBlock*& head : heads) {
      while (head != nullptr) ::operator delete(std::exchange(head, head->next));
    }
  }
};

FreeLists& lists() {
  static FreeLists instance;
  return instance;
}

std::size_t class_bytes(std::uint32_t size_class) {
  return kClassBytesMin << size_class;
}

}  // namespace

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    clear();
    block_ = std::exchange(other.block_, nullptr);
  }
  return *this;
}

void Buffer::append(std::span<const char> bytes) {
  if (bytes.empty()) return;
  const std::span<char> space = reserve(bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  commit(bytes.size());
}

std::span<char> Buffer::reserve(std::size_t bytes_min) {
  const std::size_t held = size();
  if (block_ == nullptr) {
    block_ = take(bytes_min);
  } else if (block_->capacity - block_->end < bytes_min) {
    if (block_->capacity - held >= bytes_min) {
      std::memmove(block_->data(), block_->data() + block_->begin, held);
    } else {
      Block* larger = take(std::max<std::size_t>(held + bytes_min, held * 2));
      std::memcpy(larger->data(), block_->data() + block_->begin, held);
      give(std::exchange(block_, larger));
    }
    block_->begin = 0;
    block_->end = static_cast<std::uint32_t>(held);
  }
  return {block_->data() + block_->end, block_->capacity - block_->end};
}

void Buffer::commit(std::size_t bytes) {
  assert(block_ != nullptr && bytes <= block_->capacity - block_->end);
  block_->end += static_cast<std::uint32_t>(bytes);
  if (block_->begin == block_->end) clear();
}

void Buffer::consume(std::size_t bytes) {
  assert(bytes <= size());
  if (bytes == 0) return;
  block_->begin += static_cast<std::uint32_t>(bytes);
  if (block_->begin == block_->end) clear();
}

void Buffer::clear() {
  if (block_ != nullptr) give(std::exchange(block_, nullptr));
}

Buffer::Block* Buffer::take(std::size_t capacity_min) {
  const std::size_t total = std::max(capacity_min + sizeof(Block), kClassBytesMin);
  const auto size_class = static_cast<std::uint32_t>(std::bit_width((total - 1) / kClassBytesMin));
  assert(size_class < kClasses);
  FreeLists& free = lists();
  const std::size_t bytes = class_bytes(size_class);
  void* memory = free.heads[size_class];
  if (memory != nullptr) {
    free.heads[size_class] = free.heads[size_class]->next;
    free.kept[size_class] -= bytes;
    free.bytes_kept -= bytes;
  } else {
    memory = ::operator new(bytes);
  }
  free.bytes_in_use += bytes;
  return new (memory) Block{
      0, 0, static_cast<std::uint32_t>(std::min<std::size_t>(bytes - sizeof(Block), UINT32_MAX)),
      size_class};
}

void Buffer::give(Block* block) {
  FreeLists& free = lists();
  const std::uint32_t size_class = block->size_class;
  const std::size_t bytes = class_bytes(size_class);
  free.bytes_in_use -= bytes;
  const std::size_t kept_max = bytes <= kSmallBytesMax ? kKeptBytesMaxSmall : kKeptBytesMaxLarge;
  if (free.kept[size_class] + bytes > kept_max) {
    ::operator delete(block);
    return;
  }
  free.heads[size_class] = new (block) FreeBlock{free.heads[size_class]};
  free.kept[size_class] += bytes;
  free.bytes_kept += bytes;
}

std::size_t Buffer::bytes_in_use() {
  return lists().bytes_in_use;
}
std::size_t Buffer::bytes_kept() {
  return lists().bytes_kept;
}

}  // namespace lb
