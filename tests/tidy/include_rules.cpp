#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tests/tidy/rules.h"

namespace lb::tidy {
namespace {

// The layer diagram of docs/life_of_a_request.md.
struct Layer {
  std::string_view name;
  std::set<std::string_view> may_include;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> table = {
      {"base", {}},
      {"os", {"base"}},
      {"event", {"os", "base"}},
      {"http", {"base"}},
      {"net", {"event", "os", "base"}},
      {"upstream", {"http", "net", "event", "os", "base"}},
      {"downstream", {"http", "net", "event", "os", "base"}},
      {"proxy", {"http", "upstream", "event", "base"}},
      {"app", {"base", "os", "event", "http", "net", "upstream", "downstream", "proxy"}},
  };
  return table;
}

// Headers that have one home: a folder, or one file. A name that ends with / stands for all below.
struct Homed {
  std::string_view header;
  std::string_view home;
};

constexpr std::string_view kOs = "os/";
constexpr auto kHomed = std::to_array<Homed>({
    {"arpa/", kOs},
    {"condition_variable", kOs},
    {"csignal", kOs},
    {"cstdio", kOs},
    {"ctime", kOs},
    {"cxxopts.hpp", "src/app/options.cpp"},
    {"fcntl.h", kOs},
    {"filesystem", kOs},
    {"fmt/", "src/base/log.cpp"},
    {"fstream", kOs},
    {"future", kOs},
    {"iostream", kOs},
    {"linux/", kOs},
    {"mutex", kOs},
    {"netdb.h", kOs},
    {"netinet/", kOs},
    {"poll.h", kOs},
    {"pthread.h", kOs},
    {"random", kOs},
    {"signal.h", kOs},
    {"spdlog/", "src/base/log.cpp"},
    {"stdio.h", kOs},
    {"sys/", kOs},
    {"thread", kOs},
    {"time.h", kOs},
    {"unistd.h", kOs},
});

std::string_view first_folder(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

const Layer* find_layer(std::string_view name) {
  const auto found = std::ranges::find(layers(), name, &Layer::name);
  return found == layers().end() ? nullptr : &*found;
}

// "lb/http/head.h" or "http/scan.h" -> http; nothing for headers of others.
const Layer* layer_of_include(std::string_view name) {
  if (name.starts_with("lb/")) name.remove_prefix(3);
  return find_layer(first_folder(name));
}

const Layer* layer_of_path(std::string_view path) {
  for (const std::string_view root : {"include/lb/", "src/"}) {
    if (path.starts_with(root)) return find_layer(first_folder(path.substr(root.size())));
  }
  return nullptr;
}

std::string at_line(const Source& source, const Include& include) {
  return source.path + ":" + std::to_string(include.line) + ": " + include.name;
}

bool is_home(std::string_view home, std::string_view path) {
  if (home != kOs) return path == home;
  return path.starts_with("src/os/") || path.starts_with("include/lb/os/");
}

// Walks the includes depth first; a file met again on its own path closes a cycle.
class CycleFinder {
 public:
  explicit CycleFinder(const std::vector<Source>& sources) {
    for (const Source& source : sources) edges_[source.path] = targets(source);
  }

  [[nodiscard]] Findings run() {
    for (const auto& [path, unused] : edges_) visit(path);
    return std::move(findings_);
  }

 private:
  static std::vector<std::string> targets(const Source& source) {
    std::vector<std::string> paths;
    for (const Include& include : includes_of(source)) {
      const std::string& name = include.name;
      if (name.find('/') == std::string::npos) {
        paths.push_back(source.path.substr(0, source.path.rfind('/') + 1) + name);
      } else {
        paths.push_back((name.starts_with("lb/") ? "include/" : "src/") + name);
      }
    }
    return paths;
  }

  void visit(const std::string& path) {
    const auto edges = edges_.find(path);
    if (edges == edges_.end()) return;
    if (const auto again = std::ranges::find(trail_, path); again != trail_.end()) {
      return report(again - trail_.begin());
    }
    if (!done_.insert(path).second) return;
    trail_.push_back(path);
    for (const std::string& target : edges->second) visit(target);
    trail_.pop_back();
  }

  void report(std::ptrdiff_t first) {
    std::string finding = trail_[static_cast<std::size_t>(first)] + ":1: includes itself by way of";
    for (auto step = trail_.begin() + first; step != trail_.end(); ++step) finding += " " + *step;
    findings_.push_back(std::move(finding));
  }

  std::map<std::string, std::vector<std::string>> edges_;
  std::set<std::string> done_;
  std::vector<std::string> trail_;
  Findings findings_;
};

}  // namespace

Findings forbidden_layers(const Source& source) {
  const Layer* from = layer_of_path(source.path);
  if (from == nullptr) return {};
  Findings findings;
  for (const Include& include : includes_of(source)) {
    const Layer* to = layer_of_include(include.name);
    if (to == nullptr || to == from) continue;
    if (!from->may_include.contains(to->name)) {
      findings.push_back(at_line(source, include) + " is out of reach for layer " +
                         std::string(from->name));
    } else if (!include.name.starts_with("lb/")) {
      findings.push_back(at_line(source, include) + " is private to layer " +
                         std::string(to->name));
    }
  }
  return findings;
}

Findings include_cycles(const std::vector<Source>& sources) {
  return CycleFinder(sources).run();
}

Findings misplaced_headers(const Source& source) {
  Findings findings;
  for (const Include& include : includes_of(source)) {
    const auto homed = std::ranges::find_if(kHomed, [&](const Homed& row) {
      return row.header.ends_with('/') ? include.name.starts_with(row.header)
                                       : include.name == row.header;
    });
    if (homed == kHomed.end()) continue;
    if (is_home(homed->home, source.path)) continue;
    findings.push_back(at_line(source, include) + " belongs in " + std::string(homed->home));
  }
  return findings;
}

}  // namespace lb::tidy
