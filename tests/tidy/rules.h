#pragma once

// The checks of the house. Each takes sources as text and answers one line for each breach,
// "src/net/connection.cpp:12: what is wrong", so an empty answer is a pass.

#include <cstddef>
#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace lb::tidy {

using Findings = std::vector<std::string>;

constexpr std::size_t kFunctionLinesMax = 70;
constexpr std::size_t kFileLinesMax = 400;

// A layer includes only the layers that its row of the table allows, and a header in src/<layer>/
// is included by that layer alone.
[[nodiscard]] Findings forbidden_layers(const Source& source);

// No file includes itself, by however many steps.
[[nodiscard]] Findings include_cycles(const std::vector<Source>& sources);

// The headers of kernel calls stay in os/, those of a library in the one file that hides it.
[[nodiscard]] Findings misplaced_headers(const Source& source);

// Outside of os/: no call of a global function (`::send(fd, …)`), no clock, thread or entropy of
// the standard library. The simulation replaces os/, and would not see them.
[[nodiscard]] Findings kernel_calls(const Source& source);

[[nodiscard]] Findings long_functions(const Source& source);
[[nodiscard]] Findings long_file(const Source& source);

// A promise in a comment names its issue.
[[nodiscard]] Findings nameless_promises(const Source& source);

[[nodiscard]] Findings missing_pragma_once(const Source& source);

// Namespaces of literals may be opened by a .cpp.
[[nodiscard]] Findings opened_namespaces(const Source& source);

}  // namespace lb::tidy
