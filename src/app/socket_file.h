#pragma once

// The file of a unix socket that this process listens on. It goes with this object, unless somebody
// else has put another one in its place.

#include <string>
#include <utility>

#include "lb/os/os.h"

namespace lb::app {

class SocketFile {
 public:
  SocketFile() = default;  // of no socket
  SocketFile(std::string path, const os::FileId& id) : path_(std::move(path)), id_(id) {}
  ~SocketFile() { remove(); }
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
