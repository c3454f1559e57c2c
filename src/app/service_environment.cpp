#include "app/service_environment.h"

#include "app/units.h"
#include "lb/base/ascii.h"

namespace lb::app {
namespace {

constexpr CountBounds kSockets{0, ServiceEnvironment::kSocketsMax};
constexpr CountBounds kWatchdog{1, std::uint64_t{24} * 3600 * 1'000'000};

class Reader {
 public:
  Reader(const Environment& environment, std::uint64_t process_id)
      : environment_(environment), process_id_(process_id) {}

  [[nodiscard]] std::string text(const std::string& name) const {
    return environment_(name).value_or(std::string());
  }
  // Unset or empty: 0.
  [[nodiscard]] Parsed<std::uint64_t> count(const std::string& name, CountBounds bounds) const {
    const std::string value = text(name);
    if (value.empty()) return 0;
    Parsed<std::uint64_t> number = parse_count(value, bounds);
    if (!number) return std::unexpected("lb: " + name + " " + number.error());
    return number;
  }
  // Whether the variable, if there is one, names this process.
  [[nodiscard]] bool names_us(const std::string& name) const {
    const std::string value = text(name);
    return value.empty() || parse_decimal(value) == process_id_;
  }

 private:
  const Environment& environment_;
  const std::uint64_t process_id_;
};

}  // namespace

std::expected<ServiceEnvironment, std::string> read_service_environment(
    const Environment& environment, std::uint64_t process_id) {
  const Reader reader(environment, process_id);
  ServiceEnvironment result;
  result.notify_path = reader.text("NOTIFY_SOCKET");
  if (reader.names_us("WATCHDOG_PID")) {
    const auto period = reader.count("WATCHDOG_USEC", kWatchdog);
    if (!period) return std::unexpected(period.error());
    result.watchdog = std::chrono::microseconds(*period);
  }
  // Unlike the others, this pair comes together or means nothing.
  if (!reader.text("LISTEN_PID").empty() && reader.names_us("LISTEN_PID")) {
    const auto sockets = reader.count("LISTEN_FDS", kSockets);
    if (!sockets) return std::unexpected(sockets.error());
    result.sockets = static_cast<std::uint16_t>(*sockets);
  }
  return result;
}

}  // namespace lb::app
