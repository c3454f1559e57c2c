#pragma once

#include <string_view>

namespace lb::http {

// Whether `text` is uri-host [":" port] with a host that is not empty (RFC 9110 4.2.1, 7.2; RFC
// 3986 3.2.2). Stricter than that grammar in two points on which servers differ: no comma in a
// name, and a port that is a port (it may be empty).
[[nodiscard]] bool is_authority(std::string_view text);

}  // namespace lb::http
