#pragma once

// An object and one of its member functions, in two words: what a Watch, Timer or Posted calls. It
// owns nothing, allocates nothing and may be copied freely. The object must outlive every call; the
// classes that hold a Callback take themselves back in their destructors, so a Callback that is a
// member of the object it calls can never dangle.
//
//     timer_(reactor, Callback<>::to<&Probe::on_due>(this))

#include <cstddef>

namespace lb {

template <class... Args>
class Callback {
 public:
  Callback() = default;

  template <auto Method, class T>
  [[nodiscard]] static Callback to(T* object) {
    Callback callback;
    callback.object_ = object;
    callback.call_ = [](void* target, Args... args) {
      (static_cast<T*>(target)->*Method)(args...);
    };
    return callback;
  }

  void operator()(Args... args) const { call_(object_, args...); }
  // Tells the processor that the first `bytes` of the object, or of what it begins, are wanted
  // soon.
  void prefetch(std::size_t bytes) const {
    constexpr std::size_t kLine = 64;
    const char* const object = static_cast<const char*>(object_);
    if (object == nullptr) return;
    for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(object + at);
  }
  explicit operator bool() const { return call_ != nullptr; }

 private:
  void* object_ = nullptr;
  void (*call_)(void*, Args...) = nullptr;
};

}  // namespace lb
