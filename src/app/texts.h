#pragma once

// The texts that a package of lb brings, written from the one table of flags (options_table.h) when
// lb is built: none can tell of a flag that lb does not know, or forget one. Not part of lb itself.

#include <string>

namespace lb::app {

// lb(1), in the macros of man(7).
[[nodiscard]] std::string man_page();

// Functions that complete the command line of lb: for bash, without the helpers of the package
// bash-completion; and for zsh, to be found as _lb in $fpath.
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();

// The file of variables that lb.service reads (systemd.exec(5), EnvironmentFile=): each flag as a
// comment that shows its default.
[[nodiscard]] std::string environment_file();

}  // namespace lb::app
