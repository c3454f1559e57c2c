#include <algorithm>
#include <array>

#include "lb/base/ascii.h"
#include "lb/http/forwarding.h"

namespace lb::http {
namespace {

// Beside the fields that have an id: modifiers of requests, authentication, control of responses
// and of how content is read. All of them would come too late in a trailer, or be merged into a
// head that another reader has trusted already (RFC 9110 6.5.1).
constexpr std::array<std::string_view, 32> kHeadOnly = {"accept-encoding",
                                                        "accept-ranges",
                                                        "age",
                                                        "allow",
                                                        "authorization",
                                                        "cache-control",
                                                        "content-encoding",
                                                        "content-range",
                                                        "content-type",
                                                        "cookie",
                                                        "expires",
                                                        "if-match",
                                                        "if-modified-since",
                                                        "if-none-match",
                                                        "if-range",
                                                        "if-unmodified-since",
                                                        "location",
                                                        "origin",
                                                        "pragma",
                                                        "proxy-authenticate",
                                                        "proxy-authorization",
                                                        "range",
                                                        "retry-after",
                                                        "set-cookie",
                                                        "strict-transport-security",
                                                        "vary",
                                                        "warning",
                                                        "www-authenticate",
                                                        "x-forwarded",
                                                        "x-http-method-override",
                                                        "x-original-url",
                                                        "x-rewrite-url"};

bool is_head_only(const Field& field) {
  return field.id != FieldId::kOther ||
         std::ranges::any_of(kHeadOnly, [name = field.name()](std::string_view known) {
           return equals_ignoring_case(name, known);
         });
}

}  // namespace

void edit_trailers(Fields& trailers, std::string_view listed) {
  for (Field& field : trailers) {
    if (is_head_only(field) || has_member(listed, field.name())) field.dropped = true;
  }
}

}  // namespace lb::http
