#include "lb/http/forwarding.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "http/put.h"
#include "http/scan.h"
#include "lb/base/ascii.h"

namespace lb::http {
namespace {

bool is_dropped_from_request(FieldId id, const RequestHead& head, const Peer& peer);
bool is_dropped_from_response(const Field& field, std::uint16_t status);
bool is_h2c(std::string_view protocol);
bool tells_who_asks(FieldId id);
void drop_listed(Fields& fields);
void drop_all(Fields& fields, FieldId id);
std::string_view received_by(std::string_view via);
void drop_named(Fields& fields, std::string_view name);
bool names_a_field(std::string_view option);
bool is_number(std::string_view text);
bool may_be_listed(FieldId id);

// The names of lines that are added here.
struct Added {
  std::string_view name;
  FieldId id;
};
constexpr Added kAddedForwarded{"Forwarded", FieldId::kForwarded};
constexpr Added kAddedHost{"Host", FieldId::kHost};
constexpr Added kAddedMaxForwards{"Max-Forwards", FieldId::kMaxForwards};
constexpr Added kAddedUpgrade{"Upgrade", FieldId::kUpgrade};
constexpr Added kAddedVia{"Via", FieldId::kVia};
constexpr Added kAddedXForwardedFor{"X-Forwarded-For", FieldId::kXForwardedFor};
constexpr Added kAddedXForwardedHost{"X-Forwarded-Host", FieldId::kXForwardedHost};
constexpr Added kAddedXForwardedProto{"X-Forwarded-Proto", FieldId::kXForwardedProto};

// Puts lines into scratch, one after the other, and each into the list of fields.
class Lines {
 public:
  Lines(Fields& fields, std::span<char> scratch)
      : fields_(fields), line_(scratch.data()), at_(scratch.data()), end_(line_ + scratch.size()) {}

  Lines& begin(const Added& added) {
    added_ = &added;
    return *this << added.name << ": ";
  }
  Lines& operator<<(std::string_view text) {
    assert(static_cast<std::size_t>(end_ - at_) >= text.size());
    at_ = put(at_, text);
    return *this;
  }
  void end_line() {
    *this << "\r\n";
    fields_.push_back(make_field(between(line_, at_), added_->name.size(), added_->id));
    line_ = at_;
  }

 private:
  Fields& fields_;
  const Added* added_ = nullptr;
  char* line_;
  char* at_;
  char* end_;
};

void add_x_forwarded(Lines& lines, const RequestHead& head, const Peer& peer);
void add_forwarded(Lines& lines, const RequestHead& head, const Peer& peer);
bool write_offer(Lines& lines, const Fields& fields);
void add_node(Lines& lines, std::string_view ip);
void add_value(Lines& lines, std::string_view text);

// Names, punctuation and line ends of all lines that edit_request may add.
constexpr std::size_t kAddedNamesBytesMax = 256;

}  // namespace

void edit_request(RequestHead& head, const Peer& peer, const ForwardingRules& rules,
                  std::span<char> scratch) {
  Lines lines(head.fields, scratch);
  const bool offers = head.asks_upgrade && write_offer(lines, head.fields);
  drop_listed(head.fields);
  for (Field& field : head.fields) {
    if (is_dropped_from_request(field.id, head, peer)) field.dropped = true;
  }

  if (offers) {
    lines.end_line();
    head.upgrade = head.fields.back().value();
  }
  if (const auto forwards = max_forwards(head)) {
    std::array<char, 20> digits;
    lines.begin(kAddedMaxForwards)
        << between(digits.data(), put_decimal(digits.data(), *forwards - 1));
    drop_all(head.fields, FieldId::kMaxForwards);
    lines.end_line();
  }
  if (head.absolute_form) {
    lines.begin(kAddedHost) << head.host;
    lines.end_line();
  }
  const bool both = rules.forwarded == ForwardedStyle::kBoth;
  if (both || rules.forwarded == ForwardedStyle::kX) add_x_forwarded(lines, head, peer);
  if (both || rules.forwarded == ForwardedStyle::kRfc7239) add_forwarded(lines, head, peer);
  if (!rules.via.empty()) {
    lines.begin(kAddedVia) << (head.minor_version == 0 ? "1.0 " : "1.1 ") << rules.via;
    lines.end_line();
  }
}

std::size_t added_bytes_max(const RequestHead& head, const ForwardingRules& rules) {
  // Host is written three times at most, the address and the scheme twice.
  constexpr std::size_t kPeerBytesMax = 2 * (64 + 8);
  std::size_t upgrade_bytes = 0;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::kUpgrade) upgrade_bytes += field.line_bytes + 2;
  }
  return kAddedNamesBytesMax + upgrade_bytes + kPeerBytesMax + 3 * head.host.size() +
         rules.via.size();
}

std::optional<std::uint64_t> max_forwards(const RequestHead& head) {
  if (head.method != Method::kTrace && head.method != Method::kOptions) return std::nullopt;
  const Field* field = find(head.fields, FieldId::kMaxForwards);
  if (field == nullptr || !is_number(field->value())) return std::nullopt;
  return parse_decimal(field->value()).value_or(UINT64_MAX);
}

bool has_passed(const Fields& fields, std::string_view via) {
  bool found = false;
  for (const Field& field : fields) {
    if (field.id != FieldId::kVia) continue;
    for_each_token(field.value(), [&](std::string_view member) {
      found = found || equals_ignoring_case(received_by(member), via);
    });
  }
  return found;
}

bool is_offered_switch(const Fields& fields, std::string_view offered) {
  bool named = false;
  bool all_offered = true;
  for (const Field& field : fields) {
    if (field.id != FieldId::kUpgrade) continue;
    for_each_token(field.value(), [&](std::string_view protocol) {
      named = true;
      all_offered = all_offered && has_member(offered, protocol);
    });
  }
  return named && all_offered;
}

std::string listed_by_connection(const Fields& fields) {
  std::string listed;
  for (const Field& field : fields) {
    if (field.id != FieldId::kConnection) continue;
    for_each_token(field.value(), [&listed](std::string_view option) {
      if (names_a_field(option)) (listed += option) += ',';
    });
  }
  return listed;
}

void edit_response(ResponseHead& head) {
  drop_listed(head.fields);
  for (Field& field : head.fields) {
    if (is_dropped_from_response(field, head.status)) field.dropped = true;
  }
}

namespace {

// Fields of one hop (RFC 9110 7.6.1, RFC 9113 8.2.2) and framing, which is written anew.
bool is_of_one_hop(FieldId id) {
  switch (id) {
    case FieldId::kConnection:
    case FieldId::kContentLength:
    case FieldId::kHttp2Settings:
    case FieldId::kKeepAlive:
    case FieldId::kProxyConnection:
    case FieldId::kTe:
    case FieldId::kTransferEncoding:
    case FieldId::kUpgrade:
      return true;
    default:
      return false;
  }
}

bool is_dropped_from_request(FieldId id, const RequestHead& head, const Peer& peer) {
  if (id == FieldId::kHost) return head.absolute_form;
  // RFC 9110 10.1.1: to be ignored in HTTP/1.0, and the server would take it for ours.
  if (id == FieldId::kExpect) return head.minor_version == 0;
  return is_of_one_hop(id) || (tells_who_asks(id) && !peer.trusted);
}

// Upgrade passes where it is the answer itself: what is switched to (101), or what a client must
// offer to be served (426, RFC 9110 15.5.22), unless that is what no offer of it would reach.
bool is_dropped_from_response(const Field& field, std::uint16_t status) {
  if (field.id != FieldId::kUpgrade) return is_of_one_hop(field.id);
  if (status != 426) return status != 101;
  bool h2c = false;
  for_each_token(field.value(), [&h2c](std::string_view name) { h2c = h2c || is_h2c(name); });
  return h2c;
}

bool is_h2c(std::string_view protocol) {
  return equals_ignoring_case(protocol.substr(0, protocol.find('/')), "h2c");
}

// A client that may write these could be anybody.
bool tells_who_asks(FieldId id) {
  switch (id) {
    case FieldId::kForwarded:
    case FieldId::kXForwardedFor:
    case FieldId::kXForwardedHost:
    case FieldId::kXForwardedOther:
    case FieldId::kXForwardedProto:
    case FieldId::kXRealIp:
      return true;
    default:
      return false;
  }
}

void drop_all(Fields& fields, FieldId id) {
  for (Field& field : fields) field.dropped = field.dropped || field.id == id;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// The second word of a member of Via: "1.1 lb-1a2b3c4d (comment)".
std::string_view received_by(std::string_view via) {
  const std::size_t blank = via.find_first_of(" \t");
  if (blank == std::string_view::npos) return {};
  const std::string_view rest = trim(via.substr(blank));
  return rest.substr(0, rest.find_first_of(" \t"));
}

void drop_listed(Fields& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id != FieldId::kConnection) continue;
    for_each_token(fields[i].value(),
                   [&fields](std::string_view name) { drop_named(fields, name); });
  }
}

// The options that nearly every Connection has cost no search: what they name is no field, or is
// dropped anyhow.
bool is_usual_option(std::string_view name) {
  return equals_ignoring_case(name, "keep-alive") || equals_ignoring_case(name, "close") ||
         equals_ignoring_case(name, "upgrade") || equals_ignoring_case(name, "te");
}

bool names_a_field(std::string_view option) {
  // No token perhaps, but what identify() could mistake are controls, which no value has.
  return !is_usual_option(option) && may_be_listed(identify(option));
}

void drop_named(Fields& fields, std::string_view name) {
  if (!names_a_field(name)) return;
  for (Field& field : fields) {
    if (equals_ignoring_case(field.name(), name)) field.dropped = true;
  }
}

// What a request cannot be understood or traced without is for every recipient and may not be
// listed (RFC 9110 7.6.1): without this, a client takes away what servers behind rely on.
bool may_be_listed(FieldId id) {
  switch (id) {
    case FieldId::kHost:
    case FieldId::kContentLength:
    case FieldId::kTransferEncoding:
    case FieldId::kMaxForwards:
    case FieldId::kVia:
      return false;
    default:
      return !tells_who_asks(id);
  }
}

void add_x_forwarded(Lines& lines, const RequestHead& head, const Peer& peer) {
  lines.begin(kAddedXForwardedFor) << peer.client_ip;
  lines.end_line();
  if (find(head.fields, FieldId::kXForwardedProto) == nullptr) {
    lines.begin(kAddedXForwardedProto) << peer.scheme;
    lines.end_line();
  }
  if (head.host.empty() || find(head.fields, FieldId::kXForwardedHost) != nullptr) return;
  lines.begin(kAddedXForwardedHost) << head.host;
  lines.end_line();
}

// Writes, but does not end, an Upgrade line with all that is offered and may be passed on; false if
// nothing is. HTTP/2 over a connection for HTTP/1.1 would hide requests from everybody on the way.
bool write_offer(Lines& lines, const Fields& fields) {
  bool any = false;
  for (const Field& field : fields) {
    if (field.id != FieldId::kUpgrade) continue;
    for_each_token(field.value(), [&](std::string_view protocol) {
      if (is_h2c(protocol)) return;
      (any ? lines << ", " : lines.begin(kAddedUpgrade)) << protocol;
      any = true;
    });
  }
  return any;
}

// RFC 7239 4
void add_forwarded(Lines& lines, const RequestHead& head, const Peer& peer) {
  lines.begin(kAddedForwarded) << "for=";
  add_node(lines, peer.client_ip);
  if (!head.host.empty()) {
    lines << ";host=";
    add_value(lines, head.host);
  }
  lines << ";proto=" << peer.scheme;
  lines.end_line();
}

// RFC 7239 6: an IPv6 address stands in brackets, what is no address is "unknown".
void add_node(Lines& lines, std::string_view ip) {
  if (ip.starts_with("unix:")) {
    lines << "unknown";
  } else if (ip.find(':') != std::string_view::npos) {
    lines << "\"[" << ip << "]\"";
  } else {
    lines << ip;
  }
}

// A token as it is, else a quoted-string; a host holds nothing that needs an escape.
void add_value(Lines& lines, std::string_view text) {
  if (is_token(text)) {
    lines << text;
  } else {
    lines << "\"" << text << "\"";
  }
}

}  // namespace
}  // namespace lb::http
