#include <string>
#include <string_view>

#include "app/options_table.h"
#include "app/texts.h"

namespace lb::app {
namespace {

// #compdef binds the file to the command (zshcompsys(1)).
constexpr std::string_view kHeading = R"(#compdef lb
# zsh completion of lb(1), written by lb_texts from the table of flags.

_arguments -S)";

// As it may stand in the brackets of an optspec of _arguments, inside quotes.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += R"('\'')";
      continue;
    }
    if (c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// "--port=", or "{-p+,--port=}" outside the quotes: + and = let the value follow at once or as the
// next word.
std::string names(const Flag& flag) {
  std::string name = "--" + std::string(flag.name) + (flag.is_switch() ? "" : "=");
  if (flag.letter == 0) return name;
  return "'{-" + std::string(1, flag.letter) + (flag.is_switch() ? "" : "+") + "," + name + "}'";
}

// "(text json)"; a space where nothing can be offered. A colon inside is escaped.
std::string offer(const Flag& flag) {
  const std::string choices = "(" + std::string(flag.choices) + ")";
  if (!flag.names_file()) return flag.choices.empty() ? " " : choices;
  if (flag.choices.empty()) return "_files";
  return R"({_alternative "words\:word\:)" + choices + R"(" "files\:file\:_files"})";
}

// ":FORMAT:(text json)"
std::string value(const Flag& flag) {
  return flag.is_switch() ? "" : ":" + std::string(flag.argument) + ":" + offer(flag);
}

// (- *): nothing makes sense beside it. *: may be given again, which overrides or adds.
std::string option(const Flag& flag) {
  return std::string(" \\\n  '") + (flag.asks_for_text() ? "(- *)" : "*") + names(flag) + "[" +
         escaped(flag.description) + "]" + value(flag) + "'";
}

}  // namespace

std::string zsh_completion() {
  std::string text(kHeading);
  for (const Flag& flag : flags()) text += option(flag);
  return text + "\n";
}

}  // namespace lb::app
