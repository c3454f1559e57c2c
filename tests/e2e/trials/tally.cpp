#include "tests/e2e/trials/tally.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace lb::e2e {
namespace {

constexpr std::size_t kComplaintsMax = 3;

std::chrono::microseconds nth(std::vector<std::uint32_t> values, double share) {
  if (values.empty()) return {};
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = values.begin() + std::lround(share * last);
  std::ranges::nth_element(values, at);
  return std::chrono::microseconds(*at);
}

}  // namespace

Tally::Microseconds Tally::percentile(double share) const {
  return nth(latencies_us, share);
}

Tally::Microseconds Tally::percentile_below(double share, Microseconds limit) const {
  std::vector<std::uint32_t> values;
  std::ranges::copy_if(latencies_us, std::back_inserter(values),
                       [&](std::uint32_t value) { return Microseconds(value) <= limit; });
  return nth(std::move(values), share);
}

std::uint64_t Tally::slower_than(Microseconds limit) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      latencies_us, [&](std::uint32_t value) { return Microseconds(value) > limit; }));
}

double Tally::rate_between(std::chrono::milliseconds from, std::chrono::milliseconds to) const {
  const auto count = std::ranges::count_if(ended_ms, [&](std::uint32_t value) {
    return std::chrono::milliseconds(value) >= from && std::chrono::milliseconds(value) < to;
  });
  return static_cast<double>(count) / std::chrono::duration<double>(to - from).count();
}

void Tally::complains(std::string_view text) {
  if (complaints.size() < kComplaintsMax) complaints.emplace_back(text.substr(0, text.find('\n')));
}

std::string Tally::text() const {
  std::ostringstream line;
  line << answered[0] << " GET and " << answered[1] << " POST answered, " << failed[0] << " and "
       << failed[1] << " failed, " << hung << " hung, " << cut << " cut, " << mixed_up
       << " mixed up, p99 " << milliseconds_text(percentile(0.99)) << ", longest "
       << milliseconds_text(percentile(1));
  for (const auto& [status, count] : statuses) line << ", status " << status << ": " << count;
  for (const std::string& complaint : complaints) line << "\n    " << complaint;
  return line.str();
}

std::string milliseconds_text(std::chrono::microseconds span) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << static_cast<double>(span.count()) / 1000 << " ms";
  return text.str();
}

}  // namespace lb::e2e
