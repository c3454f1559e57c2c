#include <string>
#include <string_view>

#include "app/options_table.h"
#include "app/texts.h"

namespace lb::app {
namespace {

// "=" is among the COMP_WORDBREAKS of bash unless somebody has removed it: --log-format=te comes as
// three words, or as one.
constexpr std::string_view kBeforeCases =
    R"(# bash completion of lb(1), written by lb_texts from the table of flags.

_lb() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local prefix='' words='' files=''
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $current == --*=* ]]; then
    before=${current%%=*}
    current=${current#*=}
    prefix=$before=
  fi
  case $before in
)";

constexpr std::string_view kAfterCases = R"(  esac
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$words" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -P "$prefix" -f -- "$current")
  fi
}
complete -F _lb lb
)";

// "-p|--port" with "|" between the names.
std::string names(const Flag& flag, std::string_view between) {
  std::string text;
  if (flag.letter != 0) text.append("-").append(1, flag.letter).append(between);
  return text.append("--").append(flag.name);
}

bool has_something_to_offer(const Flag& flag) {
  return !flag.choices.empty() || flag.names_file();
}

std::string value_case(const Flag& flag) {
  std::string text = "    " + names(flag, "|") + ") words='" + std::string(flag.choices) + "'";
  if (flag.names_file()) text += " files=yes";
  return text + " ;;\n";
}

// A number, a place, a name: only the user knows it.
std::string silent_case() {
  std::string text;
  for (const Flag& flag : flags()) {
    if (flag.is_switch() || has_something_to_offer(flag)) continue;
    text += (text.empty() ? "    " : "|") + names(flag, "|");
  }
  return text + ") ;;\n";
}

std::string all_names() {
  std::string text;
  for (const Flag& flag : flags()) text += (text.empty() ? "" : " ") + names(flag, " ");
  return text;
}

}  // namespace

std::string bash_completion() {
  std::string text(kBeforeCases);
  for (const Flag& flag : flags()) {
    if (has_something_to_offer(flag)) text += value_case(flag);
  }
  text += silent_case();
  text += "    *) words='" + all_names() + "' ;;\n";
  return text.append(kAfterCases);
}

}  // namespace lb::app
