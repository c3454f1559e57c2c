#include "app/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace lb::app {
namespace {

// "--serv" is too far from "--servers" in letters, but only one name goes on from there.
std::optional<std::string_view> only_completion(std::string_view typed,
                                                std::span<const std::string_view> names) {
  const auto begins = [&](std::string_view name) { return name.starts_with(typed); };
  if (typed.size() < 3 || std::ranges::count_if(names, begins) != 1) return std::nullopt;
  return *std::ranges::find_if(names, begins);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::vector<std::size_t>;
  Row before_last(b.size() + 1);
  Row last(b.size() + 1);
  Row row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::optional<std::string_view> nearest(std::string_view typed,
                                        std::span<const std::string_view> names) {
  const std::size_t wrong_max = typed.size() / 3;
  std::optional<std::string_view> best;
  std::size_t best_distance = wrong_max + 1;
  for (const std::string_view name : names) {
    // The lengths alone bound the distance; this also keeps a typed novel cheap.
    if (typed.size() > name.size() + wrong_max || typed.size() + wrong_max < name.size()) continue;
    const std::size_t distance = edit_distance(typed, name);
    if (distance >= best_distance) continue;
    best = name;
    best_distance = distance;
  }
  return best ? best : only_completion(typed, names);
}

}  // namespace lb::app
