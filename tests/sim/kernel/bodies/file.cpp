#include <algorithm>
#include <cerrno>
#include <system_error>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {
namespace {

using sim::Kernel;

Fd open_file(Kernel& kernel, const std::string& path) {
  const auto fd = kernel.install(kernel.make<sim::File>(kernel.file(path)));
  return fd ? Fd(*fd) : Fd();
}

}  // namespace

std::expected<Fd, int> open_append(const std::string& path) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  Fd fd = open_file(kernel, path);
  kernel.trace.call("open_append(", path, ") = ", fd.get());
  if (!fd.is_open()) return std::unexpected(EMFILE);
  return fd;
}

std::expected<FileId, int> socket_file(const std::string& path) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  const auto inode = kernel.network.unix_inode(path);
  const int error = inode ? 0 : kernel.has_file(path) ? ENOTSOCK : ENOENT;
  kernel.trace.call("socket_file(", path, ") ", sim::Trace::result(error));
  if (!inode) return std::unexpected(error);
  return FileId{.device = 1, .inode = *inode};
}

int remove_socket_file(const std::string& path, const FileId& id) {
  const auto now = socket_file(path);
  if (!now) return now.error();
  Kernel& kernel = Kernel::current();
  if (*now != id || kernel.processes.current().is_ghost()) return ENOENT;
  kernel.network.unlink_unix(path);
  kernel.trace.call("remove_socket_file(", path, ")");
  return 0;
}

Fd standard_output() {
  return open_file(Kernel::current(), "stdout");
}

Fd standard_error() {
  return open_file(Kernel::current(), "stderr");
}

IoResult write(int fd, std::span<const char> bytes) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  auto* file = kernel.find<sim::File>(fd, "write");
  if (file == nullptr) return {0, EBADF};
  IoResult result{bytes.size(), 0};
  if (kernel.dice.chance(kernel.faults().log_write)) {
    constexpr int kErrors[] = {ENOSPC, EIO, EAGAIN};
    result = {0, kernel.dice.one_of(kErrors)};
    kernel.hurt("a log could not be written");
  } else if (kernel.dice.chance(kernel.faults().short_write) && !kernel.processes.are_several()) {
    // (write(2) appends whole lines of several processes one behind the other.)
    result.bytes = kernel.dice.size_up_to(bytes.size());
  }
  file->append({bytes.data(), result.bytes});
  kernel.trace.call(
      "write(", fd, ", ", sim::Trace::excerpt({bytes.data(), bytes.size()}), ") ",
      result.error != 0 ? sim::Trace::result(result.error) : "= " + std::to_string(result.bytes));
  return result;
}

void close(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.worked();
  kernel.trace.call("close(", fd, ")");
  kernel.close(fd);
}

std::uint64_t raise_descriptor_limit() {
  return static_cast<std::uint64_t>(Kernel::current().descriptors_max());
}

std::string error_text(int error) {
  return std::generic_category().message(error);
}

bool is_exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool is_in_progress(int error) {
  return error == EINPROGRESS;
}

bool is_unsupported(int error) {
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

}  // namespace lb::os
