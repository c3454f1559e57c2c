#pragma once

// The file of a unix socket that this process listens on. It goes with this object, unless somebody
// else has put another one in its place.

#include <optional>
#include <string>
#include <utility>

#include "lb/os/os.h"

namespace lb::app {

class SocketFile {
 public:
  SocketFile() = default;  // of no socket
  SocketFile(std::string path, const os::FileId& id) : path_(std::move(path)), id_(id) {}
  ~SocketFile() { remove(); }
  [[nodiscard]] std::optional<os::FileId> id() const {
    return path_.empty() ? std::nullopt : std::optional(id_);
  }
  // It goes on being somebody else's.
  void release() { path_.clear(); }
  SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})), id_(other.id_) {}
  SocketFile& operator=(SocketFile&& other) noexcept;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

 private:
  void remove();

  std::string path_;
  os::FileId id_;
};

}  // namespace lb::app
