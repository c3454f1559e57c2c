#include "lb/http/head.h"

#include <utility>

namespace lb::http {

Method identify_method(std::string_view token) {
  switch (token.size()) {
    case 3:
      if (token == "GET") return Method::kGet;
      return token == "PUT" ? Method::kPut : Method::kOther;
    case 4:
      if (token == "POST") return Method::kPost;
      return token == "HEAD" ? Method::kHead : Method::kOther;
    case 5:
      return token == "TRACE" ? Method::kTrace : Method::kOther;
    case 6:
      return token == "DELETE" ? Method::kDelete : Method::kOther;
    case 7:
      if (token == "OPTIONS") return Method::kOptions;
      return token == "CONNECT" ? Method::kConnect : Method::kOther;
    default:
      return Method::kOther;
  }
}

bool is_idempotent(Method method) {
  switch (method) {
    case Method::kGet:
    case Method::kHead:
    case Method::kOptions:
    case Method::kTrace:
    case Method::kPut:
    case Method::kDelete:
      return true;
    case Method::kOther:
    case Method::kPost:
    case Method::kConnect:
      return false;
  }
  return false;
}

void RequestHead::clear() {
  Fields kept = std::move(fields);
  kept.clear();
  *this = RequestHead{};
  fields = std::move(kept);
}

void ResponseHead::clear() {
  Fields kept = std::move(fields);
  kept.clear();
  *this = ResponseHead{};
  fields = std::move(kept);
}

}  // namespace lb::http
