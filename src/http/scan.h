#pragma once

// The octet classes of HTTP/1.1 text and the scans over them, on which the cost of a head rests:
// sixteen octets at a time where the machine can. No scan reads at or beyond `end`.

#include <array>
#include <bit>
#include <cstddef>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lb::http {

inline constexpr std::string_view kLettersAndDigits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

// A table of the octets that stand in either text.
[[nodiscard]] constexpr std::array<bool, 256> octet_class(std::string_view some,
                                                          std::string_view more) {
  std::array<bool, 256> table{};
  for (const char c : some) table[static_cast<unsigned char>(c)] = true;
  for (const char c : more) table[static_cast<unsigned char>(c)] = true;
  return table;
}

namespace detail {
inline constexpr std::array<bool, 256> kTokenOctets =
    octet_class("!#$%&'*+-.^_`|~", kLettersAndDigits);
inline constexpr unsigned char kDelete = 0x7f;
}  // namespace detail

// tchar (RFC 9110 5.6.2).
[[nodiscard]] constexpr bool is_token_octet(char c) {
  return detail::kTokenOctets[static_cast<unsigned char>(c)];
}

// HTAB, SP, VCHAR and obs-text: what a field value and a reason phrase may hold (RFC 9110 5.5).
[[nodiscard]] constexpr bool is_value_octet(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return (octet >= ' ' && octet != detail::kDelete) || octet == '\t';
}

// What may stand in a request target. RFC 3986 allows less; servers are asked for more, and an
// octet that is neither white space nor a control cannot change how a request line is cut.
[[nodiscard]] constexpr bool is_target_octet(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > ' ' && octet != detail::kDelete;
}

[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

[[nodiscard]] constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_octet(c)) return false;
  }
  return !text.empty();
}

#ifdef __SSE2__
namespace detail {
// A bit for each of the sixteen octets at `at` that is at most `low_max` or DEL, but for `except`.
[[nodiscard]] inline unsigned stops(const char* at, char low_max, char except) {
  const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(octets, _mm_set1_epi8(low_max)), octets);
  const __m128i kept = _mm_andnot_si128(_mm_cmpeq_epi8(octets, _mm_set1_epi8(except)), low);
  const __m128i del = _mm_cmpeq_epi8(octets, _mm_set1_epi8(static_cast<char>(kDelete)));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(kept, del)));
}

// Whether each octet lies from `first` on among so many.
[[nodiscard]] inline __m128i within(__m128i octets, char first, char count) {
  const __m128i from_first = _mm_sub_epi8(octets, _mm_set1_epi8(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(static_cast<char>(count - 1))),
                        from_first);
}

// A bit for each of the sixteen octets at `at` that is no letter, no digit and no "-", which are
// what names are made of: what is left of tchar is for the table.
[[nodiscard]] inline unsigned rare_or_no_token(const char* at) {
  const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i letters = within(_mm_or_si128(octets, _mm_set1_epi8(' ')), 'a', 26);
  const __m128i digits = within(octets, '0', 10);
  const __m128i dashes = _mm_cmpeq_epi8(octets, _mm_set1_epi8('-'));
  const __m128i usual = _mm_or_si128(letters, _mm_or_si128(digits, dashes));
  return static_cast<unsigned>(_mm_movemask_epi8(usual)) ^ 0xffffU;
}
}  // namespace detail
#endif

// Each skip_ returns the first octet that is not of its class, or `end`.
[[nodiscard]] inline const char* skip_token(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const unsigned others = detail::rare_or_no_token(at);
    if (others == 0) continue;
    at += std::countr_zero(others);
    break;
  }
#endif
  while (at != end && is_token_octet(*at)) ++at;
  return at;
}

[[nodiscard]] inline const char* skip_blanks(const char* at, const char* end) {
  while (at != end && is_blank(*at)) ++at;
  return at;
}

[[nodiscard]] inline const char* skip_value(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const unsigned stops = detail::stops(at, ' ' - 1, '\t');
    if (stops != 0) return at + std::countr_zero(stops);
  }
#endif
  while (at != end && is_value_octet(*at)) ++at;
  return at;
}

[[nodiscard]] inline const char* skip_target(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const unsigned stops = detail::stops(at, ' ', static_cast<char>(detail::kDelete));
    if (stops != 0) return at + std::countr_zero(stops);
  }
#endif
  while (at != end && is_target_octet(*at)) ++at;
  return at;
}

[[nodiscard]] inline std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace lb::http
