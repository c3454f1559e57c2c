#include "lb/os/process.h"

#include <cerrno>

#include "lb/os/os.h"
#include "tests/sim/kernel/kernel.h"

namespace lb::os {

using sim::Kernel;
using sim::Process;

std::uint64_t process_id() {
  return Kernel::current().processes.current().id;
}

std::expected<std::string, int> executable_path() {
  return "/usr/bin/lb";
}

std::vector<std::string> environment_entries() {
  return {};
}

// What it does at first is to load the program.
std::expected<std::uint64_t, int> start_process(const Program& program, int descriptor) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  Process& parent = kernel.processes.current();
  auto* inherited = kernel.find<sim::Description>(descriptor, "start_process");
  if (inherited == nullptr || !kernel.program) return std::unexpected(ENOSYS);
  Process& child = kernel.processes.start([&kernel, program] { return kernel.program(program); },
                                          &parent, kernel.agenda.now());
  kernel.install_at(child, kInherited, *inherited);
  kernel.trace.call("start_process() = ", child.id);
  if (kernel.on_started) kernel.on_started(child);
  return child.id;
}

void name_process(std::string_view) {}

std::uint32_t processor_count() {
  return 1;
}

void kill_process(std::uint64_t process_id) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  kernel.trace.call("kill_process(", process_id, ")");
  Process* process = kernel.processes.find(process_id);
  if (process != nullptr && !kernel.processes.current().is_ghost()) kernel.processes.kill(*process);
}

void end_process(std::uint64_t process_id) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  Process* process = kernel.processes.find(process_id);
  if (process != nullptr) kernel.raise(kSignalTerminate, *process);
}

std::optional<EndedProcess> next_ended_process() {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  std::deque<EndedProcess>& ended = kernel.processes.current().ended_children;
  if (ended.empty()) return std::nullopt;
  const EndedProcess first = ended.front();
  ended.pop_front();
  kernel.worked();
  return first;
}

std::string describe_exit(int exit) {
  return exit < 0 ? "was killed by signal " + std::to_string(-exit)
                  : "exited with code " + std::to_string(exit);
}

int send_datagram(const std::string&, std::string_view) {
  return ENOENT;  // no service manager lives in this world
}

std::expected<Fd, int> adopt_listener(Fd fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  if (kernel.find<sim::Listener>(fd.get(), "adopt_listener") == nullptr)
    return std::unexpected(EINVAL);
  return fd;
}

Address local_address(int fd) {
  Kernel& kernel = Kernel::current();
  kernel.tick();
  auto* listener = kernel.find<sim::Listener>(fd, "local_address");
  return listener != nullptr ? listener->address() : Address{};
}

}  // namespace lb::os
