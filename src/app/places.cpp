#include "app/places.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lb/base/log.h"

namespace lb::app {
namespace {

std::vector<ListenAddress> asked(const Options& options) {
  if (!options.listen.empty()) return options.listen;
  return {{.host = options.host, .port = options.port, .unix_path = {}}};
}

// A place of the process before, with its sockets.
struct Left {
  Handover::Place place;
  std::vector<os::Fd> sockets;
};

std::vector<Left> sort_out(Legacy legacy) {
  std::vector<Left> all;
  auto next = legacy.sockets.begin();
  for (Handover::Place& place : legacy.handover.places) {
    Left left{.place = std::move(place), .sockets = {}};
    const auto end = next + left.place.sockets;
    std::move(next, end, std::back_inserter(left.sockets));
    next = end;
    all.push_back(std::move(left));
  }
  return all;
}

}  // namespace

Places::Opened Places::open(const Options& options, const ServiceEnvironment& service,
                            std::optional<Legacy> legacy) {
  std::expected<void, std::string> done;
  if (legacy) {
    done = take(options, std::move(*legacy));
  } else if (service.sockets > 0) {
    done = open_inherited(service.sockets);
  } else {
    for (const ListenAddress& where : asked(options)) {
      if (done) done = open(where, options);
    }
  }
  if (!done) return std::unexpected(done.error());
  return std::move(opened_);
}

std::expected<void, std::string> Places::open_inherited(std::uint16_t sockets) {
  log::info("listening on the sockets of LISTEN_FDS, not on --listen, --host and --port");
  for (int i = 0; i < sockets; ++i) {
    auto listening = listen_on_inherited(ServiceEnvironment::kFirstSocket + i);
    if (!listening) return std::unexpected(listening.error());
    add(std::move(*listening), true);
  }
  return {};
}

std::expected<void, std::string> Places::take(const Options& options, Legacy legacy) {
  auto adopted = adopt(std::move(legacy.sockets));
  if (!adopted) return std::unexpected(adopted.error());
  legacy.sockets = std::move(*adopted);
  std::vector<Left> left = sort_out(std::move(legacy));
  if (std::ranges::any_of(left, [](const Left& one) { return one.place.inherited; })) {
    for (Left& one : left) add(std::move(one.place), std::move(one.sockets));
    return {};
  }
  for (const ListenAddress& where : asked(options)) {
    const auto had =
        std::ranges::find_if(left, [&where](const Left& one) { return one.place.asked == where; });
    if (had != left.end()) {
      add(std::move(had->place), std::move(had->sockets));
      left.erase(had);
      continue;
    }
    auto done = open(where, options);
    if (!done) return done;
  }
  return {};
}

std::expected<void, std::string> Places::open(const ListenAddress& where, const Options& options) {
  auto listening = listen_on(where, options.backlog, options.workers);
  if (!listening) return std::unexpected(listening.error());
  add(std::move(*listening), false);
  return {};
}

void Places::add(Listening listening, bool inherited) {
  const auto sockets = static_cast<std::uint32_t>(listening.sockets.size());
  add({.asked = listening.asked,
       .where = listening.where,
       .inherited = inherited,
       .file = listening.file.id(),
       .sockets = sockets,
       .sets = listening.sets},
      std::move(listening.sockets));
  places_.back().file = std::move(listening.file);
}

void Places::add(Handover::Place handover, std::vector<os::Fd> sockets) {
  Place place{.handover = std::move(handover), .descriptors = {}, .file = {}};
  for (os::Fd& socket : sockets) {
    place.descriptors.push_back(socket.get());
    opened_.push_back(std::move(socket));
  }
  places_.push_back(std::move(place));
}

void Places::own_files() {
  for (Place& place : places_) {
    if (place.handover.file && !place.file.id()) {
      place.file = SocketFile(place.handover.where.unix_path, *place.handover.file);
    }
  }
}

void Places::remove_files() {
  for (Place& place : places_) place.file = {};
}

void Places::leave_files() {
  for (Place& place : places_) place.file.release();
}

std::vector<std::string> Places::describe() const {
  std::vector<std::string> lines;
  lines.reserve(places_.size());
  for (const Place& place : places_) lines.push_back(app::describe(place.handover.where));
  return lines;
}

Places::Share Places::share(std::uint16_t worker, std::uint16_t workers) const {
  Share share;
  for (const Place& place : places_) {
    Handover::Place part = place.handover;
    const std::size_t set_size = place.descriptors.size() / part.sets;
    part.sets = 0;
    part.sockets = 0;
    for (std::uint16_t set = 0; set < place.handover.sets; ++set) {
      const bool served = place.handover.sets < workers ? set == worker % place.handover.sets
                                                        : set % workers == worker;
      if (!served) continue;
      const auto begin = place.descriptors.begin() + static_cast<std::ptrdiff_t>(set * set_size);
      share.descriptors.insert(share.descriptors.end(), begin,
                               begin + static_cast<std::ptrdiff_t>(set_size));
      part.sockets += static_cast<std::uint32_t>(set_size);
      ++part.sets;
    }
    share.places.push_back(std::move(part));
  }
  return share;
}

}  // namespace lb::app
