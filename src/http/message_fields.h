#pragma once

// What the fields of a message say about its framing and its connection, gathered before anything
// is decided, because only together they are unambiguous (RFC 9112 6, 9).

#include <cstdint>
#include <optional>
#include <string_view>

#include "lb/http/head.h"

namespace lb::http {

class MessageFields {
 public:
  // The list of transfer codings so far, over all lines of the field (RFC 9112 6.1).
  //
  //     kAbsent -- chunked --> kChunked -- anything --> kAmbiguous
  //        `---- other --> kUnended -- chunked --> kUnknown -- anything --> kAmbiguous
  enum class Coding : std::uint8_t {
    kAbsent,
    kChunked,    // chunked, once and alone
    kUnended,    // other codings only: if this is all, nobody can say where the body ends
    kUnknown,    // other codings, then chunked: the end is known, the content is not
    kAmbiguous,  // chunked not last, repeated or with parameters; no token; nothing at all
  };

  // Takes note of a field; those of no concern, nearly all, are passed over here.
  void note(const Field& field) {
    if (field.id == FieldId::kContentLength) note_length(field.value());
    if (field.id == FieldId::kTransferEncoding) note_codings(field.value());
    if (field.id == FieldId::kConnection) note_options(field.value());
  }

  [[nodiscard]] Coding coding() const { return coding_; }
  // Content-Length, unless length_is_bad: it is repeated (even if equal) or not a plain number.
  [[nodiscard]] std::optional<std::uint64_t> length() const { return length_; }
  [[nodiscard]] bool length_is_bad() const { return length_is_bad_; }

  // Whether the connection outlives the message (RFC 9112 9.3).
  [[nodiscard]] bool keep_alive(std::uint8_t minor_version) const {
    return !close_ && (minor_version >= 1 || keep_alive_);
  }
  // Whether the sender offers, or makes, a switch of protocols (RFC 9110 7.8).
  [[nodiscard]] bool upgrade() const { return upgrade_; }
  // How many members Connection has: each costs a search among the fields.
  [[nodiscard]] std::uint32_t options() const { return options_; }

 private:
  void note_length(std::string_view value);
  void note_codings(std::string_view value);
  void note_coding(std::string_view coding);
  void note_options(std::string_view value);
  void note_option(std::string_view option);

  std::optional<std::uint64_t> length_;
  std::uint32_t options_ = 0;
  Coding coding_ = Coding::kAbsent;
  bool length_is_bad_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool upgrade_ = false;
};

}  // namespace lb::http
