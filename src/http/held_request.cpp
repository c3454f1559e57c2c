#include "lb/http/held_request.h"

namespace lb::http {
namespace {

std::size_t text_bytes(const Fields& fields) {
  std::size_t bytes = 0;
  for (const Field& field : fields) bytes += field.dropped ? 0 : field.line_bytes;
  return bytes;
}

// Copies texts into one block that was reserved for all of them, so that the views never move.
class Copier {
 public:
  Copier(Buffer& into, std::size_t bytes) : into_(into) {
    static_cast<void>(into.reserve(bytes + 1));
  }

  std::string_view operator()(std::string_view text) {
    into_.append(text);
    return into_.view().substr(into_.size() - text.size());
  }

  void operator()(const Fields& from, Fields& to) {
    for (Field field : from) {
      if (field.dropped) continue;
      field.line = (*this)(field.text()).data();
      to.push_back(field);
    }
  }

 private:
  Buffer& into_;
};

}  // namespace

HeldRequest::HeldRequest(const RequestHead& head, const Piece& first) : end_(first.end) {
  Copier copy(text_, head.method_text.size() + head.target.size() + head.path.size() +
                         head.host.size() + head.upgrade.size() + text_bytes(head.fields));
  head_.method_text = copy(head.method_text);
  head_.method = head.method;
  head_.target = copy(head.target);
  head_.path = copy(head.path);
  head_.host = copy(head.host);
  head_.minor_version = head.minor_version;
  head_.has_host = head.has_host;
  head_.absolute_form = head.absolute_form;
  head_.keep_alive = head.keep_alive;
  head_.expects_continue = head.expects_continue;
  head_.asks_upgrade = head.asks_upgrade;
  head_.upgrade = copy(head.upgrade);
  head_.framing = head.framing;
  copy(head.fields, head_.fields);
  body_.append(std::span<const char>(first.bytes));
  if (first.trailers == nullptr) return;
  has_trailers_ = true;
  Copier copy_trailers(trailer_text_, text_bytes(*first.trailers));
  copy_trailers(*first.trailers, trailers_);
}

Piece HeldRequest::piece() {
  return {.bytes = body_.bytes(), .end = end_, .trailers = has_trailers_ ? &trailers_ : nullptr};
}

}  // namespace lb::http
