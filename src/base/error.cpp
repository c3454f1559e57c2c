#include "lb/base/error.h"

#include <cerrno>

namespace lb {

std::string_view describe(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRefused:
      return "connection refused";
    case ErrorCode::kUnreachable:
      return "address unreachable";
    case ErrorCode::kTimedOut:
      return "timed out";
    case ErrorCode::kTooSlow:
      return "too slow";
    case ErrorCode::kReset:
      return "connection reset";
    case ErrorCode::kClosed:
      return "connection closed";
    case ErrorCode::kMalformed:
      return "malformed message";
    case ErrorCode::kTooLarge:
      return "message too large";
    case ErrorCode::kExhausted:
      return "out of descriptors or ports";
    case ErrorCode::kCancelled:
      return "cancelled";
  }
  return "unknown error";
}

ErrorCode code_of_errno(int errno_value) {
  switch (errno_value) {
    case ECONNREFUSED:
    case ENOENT:  // of a unix socket: there is none
      return ErrorCode::kRefused;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
    case EPERM:
      return ErrorCode::kUnreachable;
    case ETIMEDOUT:
      return ErrorCode::kTimedOut;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:  // connect(2) on a unix socket whose backlog is full, and no free local port
    case EADDRNOTAVAIL:
      return ErrorCode::kExhausted;
    default:
      return ErrorCode::kReset;
  }
}

bool is_own_shortage(const Error& error) {
  return error.phase == Phase::kConnect && error.code == ErrorCode::kExhausted &&
         error.errno_value != EAGAIN;
}

}  // namespace lb
