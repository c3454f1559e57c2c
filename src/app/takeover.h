#pragma once

// The words between processes of lb.
//
// To a successor or a worker: the older one sends a Handover, the younger one kReady, the older one
// kGo; whoever closes the channel before that gives it up. To a successor kGo is followed by a
// space and another Handover, without places: what has become known since the first.
//
// To a worker after that: that it is the one who checks the health of the servers (kProbe), what
// another one has found (kHealth and a Handover), that a server is to be checked (kSuspect and its
// name), and that it shall end in order (kDrain) or at once (kCut). From the worker: kHealth and
// kSuspect.

#include <string_view>

namespace lb::app {

inline constexpr std::string_view kReady = "ready";
inline constexpr std::string_view kGo = "go";
inline constexpr std::string_view kProbe = "probe";
inline constexpr std::string_view kDrain = "drain";
inline constexpr std::string_view kCut = "cut";
inline constexpr std::string_view kHealth = "health ";
inline constexpr std::string_view kSuspect = "suspect ";

// Says which worker this process is, from 1 on.
inline constexpr std::string_view kWorkerVariable = "LB_WORKER";

}  // namespace lb::app
