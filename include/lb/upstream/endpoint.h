#pragma once

// One server of the group, as the user named it. Its id is stable for its whole life; cursors and
// tried sets hold ids.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lb/os/address.h"
#include "lb/upstream/health.h"
#include "lb/upstream/pool.h"
#include "lb/upstream/probation.h"

namespace lb::upstream {

using EndpointId = std::uint32_t;

struct Endpoint {
  Endpoint(EndpointId own_id, std::string own_name, std::vector<os::Address> own_addresses,
           std::size_t idle_max)
      : id(own_id),
        pool(idle_max),
        name(std::move(own_name)),
        authority(name.starts_with("unix:") ? "localhost" : name),
        addresses(std::move(own_addresses)) {}

  [[nodiscard]] bool is_unix() const { return addresses.front().family() == os::Family::kUnix; }

  // What each request looks at.
  const EndpointId id;
  Health health;
  Probation probation;
  Pool pool;
  LinkedList<H1Client> clients;       // all connections that live requests use or used, idle or not
  std::size_t preferred_address = 0;  // the one that worked last

  const std::string name;                    // as written: "localhost:8081"
  const std::string authority;               // for Host, where the client gave none (RFC 9110 7.2)
  const std::vector<os::Address> addresses;  // at least one, in the order to try
  std::string down_reason;                   // of the last verdict that was not good
};

}  // namespace lb::upstream
