#pragma once

// The words between a process and its successor: the older one sends a Handover, the younger one
// kReady, the older one kGo; whoever closes the channel before that gives it up.

#include <string_view>

namespace lb::app {

inline constexpr std::string_view kReady = "ready";
inline constexpr std::string_view kGo = "go";

}  // namespace lb::app
