// How a static lb resolves names. Whatever nsswitch.conf(5) names beyond files and dns is a shared
// object made for the C library of the machine, and lb would have to load both into a process that
// has a C library of its own: that is what the linker warns of. Files and dns are inside. Nothing
// else is asked: no mDNS, no LDAP, and systemd-resolved by the /etc/resolv.conf that it writes.

#include <nss.h>

namespace lb::os {
namespace {

// Before main, because it must come before the first getaddrinfo. It fails only without memory, and
// then nsswitch.conf counts.
[[maybe_unused]] const int kNamesAreSettled = __nss_configure_lookup("hosts", "files dns");

}  // namespace
}  // namespace lb::os
