#pragma once

// Where this process listens: places of the command line, sockets of the service manager, or what
// the process before left. Remembers which socket is for which place, for the process after; the
// sockets themselves belong to whoever takes them.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "app/handover.h"
#include "app/listen.h"
#include "app/predecessor.h"
#include "app/service_environment.h"
#include "app/socket_file.h"
#include "lb/app/options.h"

namespace lb::app {

class Places {
 public:
  using Opened = std::expected<std::vector<os::Fd>, std::string>;

  // Sockets that the service manager opened, now or for the process before, are all there is.
  // Otherwise each place of the options keeps the sockets that it had in the process before, and
  // gets new ones if there are none. Returns all of them, or one line.
  //
  // New sockets come in as many sets as there are workers.
  [[nodiscard]] Opened open(const Options& options, const ServiceEnvironment& service,
                            std::optional<Legacy> legacy);

  // The files of unix sockets go with this process from now on, also those of the process before.
  void own_files();
  void remove_files();
  // The process after has them.
  void leave_files();

  // One line for the log for each.
  [[nodiscard]] std::vector<std::string> describe() const;
  struct Share {
    std::vector<Handover::Place> places;
    std::vector<int> descriptors;
  };
  [[nodiscard]] Share all() const { return share(0, 1); }
  // Of one worker of so many. Each set is served by one at least, and each worker serves one of
  // each place: with less sets than workers they share them.
  [[nodiscard]] Share share(std::uint16_t worker, std::uint16_t workers) const;

 private:
  struct Place {
    Handover::Place handover;
    std::vector<int> descriptors;
    SocketFile file;
  };

  void add(Listening listening, bool inherited);
  void add(Handover::Place handover, std::vector<os::Fd> sockets);
  [[nodiscard]] std::expected<void, std::string> open_inherited(std::uint16_t sockets);
  [[nodiscard]] std::expected<void, std::string> take(const Options& options, Legacy legacy);
  [[nodiscard]] std::expected<void, std::string> open(const ListenAddress& where,
                                                      const Options& options);

  std::vector<Place> places_;
  std::vector<os::Fd> opened_;
};

}  // namespace lb::app
