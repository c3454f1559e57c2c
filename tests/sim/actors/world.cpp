#include "tests/sim/actors/world.h"

#include <algorithm>

namespace lb::sim {

const Generation* World::generation_of(std::uint64_t process) const {
  const auto found = std::ranges::find(generations, process, &Generation::process);
  return found == generations.end() ? nullptr : &*found;
}

bool World::has_checked_for(std::uint64_t process, Duration time) const {
  const Generation* generation = generation_of(process);
  return generation != nullptr && generation->leads_from + time <= now() &&
         !kernel.processes.find(process)->ended;
}

// The kernel finds it while nothing is unacknowledged, else the timeouts do, one after the other at
// most; in between a request may have gone elsewhere. What a server sent before it was gone is for
// its client, however slowly that one takes it.
void World::expect_release(const Socket& gone, const std::string& who) {
  const Socket* left = gone.peer();
  if (left == nullptr || gone.is_unix()) return;
  // In the backlog it holds nothing of the product, however long others keep it there.
  if (settings.connections_limited && !kernel.is_installed(*left)) return;
  const auto attempts = static_cast<std::int64_t>(origins) + settings.retries;
  const Duration waits =
      settings.server_timeout + settings.client_timeout + settings.tunnel_timeout;
  const Duration bound = settings.longest_reading + kKeepalive + waits * 5 / 4 +
                         settings.connect_timeout * attempts + settings.header_timeout +
                         std::chrono::seconds(10);
  kernel.agenda.after(bound, [this, left, who] {
    if (left->closed()) return;
    breach("a vanished peer holds nothing for long", "the connection to " + who + " is still open");
  });
}

}  // namespace lb::sim
