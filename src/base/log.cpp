#include "lb/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace lb::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  return static_cast<spdlog::level::level_enum>(level);
}

// %U: the level in the capitals of the original program ("INFO", "WARNING").
class UpperLevel : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    static constexpr std::string_view kNames[] = {"TRACE", "DEBUG",    "INFO", "WARNING",
                                                  "ERROR", "CRITICAL", "OFF"};
    const std::string_view name = kNames[message.level];
    out.append(name.data(), name.data() + name.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<UpperLevel>();
  }
};

// %J: the message as the inside of a JSON string (RFC 8259 7).
class JsonText : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    for (const char c : message.payload) put(c, out);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonText>();
  }

 private:
  static void put(char c, spdlog::memory_buf_t& out) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (octet < 0x20) {
      const std::string_view escape = "\\u00";
      out.append(escape.data(), escape.data() + escape.size());
      out.push_back(kHex[octet >> 4]);
      out.push_back(kHex[octet & 15]);
    } else {
      out.push_back(c);
    }
  }
};

std::unique_ptr<spdlog::pattern_formatter> formatter(Format format) {
  auto result = std::make_unique<spdlog::pattern_formatter>();
  result->add_flag<UpperLevel>('U');
  result->add_flag<JsonText>('J');
  result->set_pattern(format == Format::kText
                          ? "%Y-%m-%d %H:%M:%S,%e - %U - %v"
                          : R"({"ts":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%U","msg":"%J"})");
  return result;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("lb", std::make_shared<spdlog::sinks::stderr_sink_st>());
    made->set_formatter(formatter(Format::kText));
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

void configure(Level level, Format format) {
  logger().set_level(to_spdlog(level));
  logger().set_formatter(formatter(format));
}

bool enabled(Level level) {
  return logger().should_log(to_spdlog(level));
}

void write(Level level, std::string_view message) {
  logger().log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace lb::log
