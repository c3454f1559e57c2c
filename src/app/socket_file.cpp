#include "app/socket_file.h"

namespace lb::app {

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    id_ = other.id_;
  }
  return *this;
}

void SocketFile::remove() {
  if (!path_.empty()) os::remove_socket_file(path_, id_);
  path_.clear();
}

}  // namespace lb::app
