#pragma once

// A queue of bytes, contiguous in memory: append at the back, consume at the front.
//
//     block_ -> +--------+-----------+--------------------+-----------------+
//               | header | consumed  |  readable (view)   |  free           |
//               +--------+-----------+--------------------+-----------------+
//                        0         begin                 end           capacity
//
// An empty Buffer owns no memory: one null pointer, so an idle connection pays eight bytes. Blocks
// come in sizes of powers of two and are recycled through bounded free lists shared by the thread;
// only what the kernel refused, or what must be kept, is ever put into one. It has no limit of its
// own: the owner bounds what it appends.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lb {

class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { clear(); }
  Buffer(Buffer&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] bool empty() const { return block_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return block_ ? block_->end - block_->begin : 0; }

  // All readable bytes; valid until the next call that is not const.
  [[nodiscard]] std::span<char> bytes() {
    return block_ ? std::span<char>(block_->data() + block_->begin, size()) : std::span<char>();
  }
  [[nodiscard]] std::string_view view() const {
    return block_ ? std::string_view(block_->data() + block_->begin, size()) : std::string_view();
  }

  // Copies `bytes` to the back. `bytes` may not lie in this buffer.
  void append(std::span<const char> bytes);
  void append(std::string_view text) { append(std::span<const char>(text.data(), text.size())); }
  void append(const char* text) { append(std::string_view(text)); }

  // Free space of at least `bytes_min` (more if the block has it), to be filled and then confirmed
  // by commit(). Valid until the next call that is not const.
  [[nodiscard]] std::span<char> reserve(std::size_t bytes_min);
  void commit(std::size_t bytes);

  // Drops `bytes` (at most size()) from the front; the block is given back when nothing is left.
  void consume(std::size_t bytes);
  void clear();

  // Bytes of blocks in use and kept for reuse by this thread, for tests of memory bounds.
  [[nodiscard]] static std::size_t bytes_in_use();
  [[nodiscard]] static std::size_t bytes_kept();

 private:
  struct Block {
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t capacity;
    std::uint32_t size_class;
    [[nodiscard]] char* data() { return reinterpret_cast<char*>(this + 1); }
  };

  static Block* take(std::size_t capacity_min);
  static void give(Block* block);

  Block* block_ = nullptr;
};

}  // namespace lb
