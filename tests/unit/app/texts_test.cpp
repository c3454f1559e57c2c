#include "app/texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "app/options_table.h"
#include "lb/app/options.h"

namespace lb::app {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The first line that contains the part; "" if none does.
std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.contains(part)) return line;
  }
  return "";
}

// As troff is told to print it, without its fonts.
std::string unescaped(std::string text) {
  for (const std::string_view font : {"\\fB", "\\fI", "\\fR"}) {
    for (std::size_t at = text.find(font); at != std::string::npos; at = text.find(font)) {
      text.erase(at, font.size());
    }
  }
  for (std::size_t at = text.find("\\-"); at != std::string::npos; at = text.find("\\-")) {
    text.erase(at, 1);
  }
  return text;
}

// "-p, --port N"
std::string term(const Flag& flag) {
  std::string text = flag.letter == 0 ? "" : std::string("-") + flag.letter + ", ";
  text += "--" + std::string(flag.name);
  return flag.is_switch() ? text : text + " " + std::string(flag.argument);
}

TEST(ManPage, HasAnEntryForEveryFlagInTheOrderOfHelp) {
  const std::string page = unescaped(man_page());
  std::size_t at = 0;
  for (const Flag& flag : flags()) {
    const std::size_t found = page.find("\n.TP\n" + term(flag) + "\n", at);
    ASSERT_NE(found, std::string::npos) << flag.name;
    at = found;
    const std::string entry = page.substr(at + 1, page.find("\n.", at + 5) - at);
    EXPECT_TRUE(entry.contains(flag.description)) << entry;
    const std::string told = "\nDefault: " + std::string(flag.default_value) + ".\n";
    EXPECT_EQ(entry.contains(told), !flag.default_value.empty()) << entry;
  }
}

TEST(ManPage, HasTheSectionsOfAManPageInOrder) {
  const std::string page = man_page();
  std::size_t at = 0;
  for (const std::string_view section :
       {"NAME\nlb \\- ", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "SIGNALS",
        "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO"}) {
    const std::size_t found = page.find("\n.SH " + std::string(section), at);
    ASSERT_NE(found, std::string::npos) << section;
    at = found;
  }
}

// A bare hyphen is printed as U+2010 on a UTF-8 terminal: copied from there, no shell knows it.
TEST(ManPage, WritesEveryHyphenOfAFlagAsAMinus) {
  for (const std::string& line : lines_of(man_page())) {
    for (std::size_t at = line.find("--"); at != std::string::npos; at = line.find("--", at + 1)) {
      ADD_FAILURE() << line;
    }
  }
}

TEST(ManPage, BeginsNoLineOfADescriptionAsARequest) {
  for (const Flag& flag : flags()) {
    EXPECT_FALSE(flag.description.starts_with('.')) << flag.name;
  }
  for (const std::string& line : lines_of(man_page())) {
    EXPECT_FALSE(line.starts_with('\'')) << line;
    EXPECT_FALSE(line.empty()) << "an empty line is a request of its own in troff";
  }
}

TEST(ManPage, ShowsExamplesThatParse) {
  std::size_t examples = 0;
  bool inside = false;
  for (const std::string& line : lines_of(unescaped(man_page()))) {
    if (inside && line != ".EE") {
      std::vector<std::string> arguments = words_of(line);
      EXPECT_EQ(arguments.front(), "lb");
      arguments.erase(arguments.begin());
      const auto options = parse_options(arguments, [](auto&) { return std::nullopt; });
      EXPECT_TRUE(options) << options.error();
      ++examples;
    }
    inside = line == ".EX" || (inside && line != ".EE");
  }
  EXPECT_EQ(examples, 3U);
}

TEST(BashCompletion, OffersEveryFlag) {
  const std::vector<std::string> words = words_of(line_with(bash_completion(), "    *) words='"));
  for (const Flag& flag : flags()) {
    const std::string name = "--" + std::string(flag.name);
    const auto is_it = [&](const std::string& word) {
      return word == name || word == "words='" + name || word == name + "'";
    };
    EXPECT_EQ(std::ranges::count_if(words, is_it), 1) << name;
  }
}

// Whether the patterns of a case name the flag: "    -s|--servers|--port) …".
bool is_case_of(const std::string& line, const std::string& name) {
  const std::size_t end = line.find(')');
  const std::string patterns = "|" + line.substr(0, end).substr(line.find_first_not_of(' ')) + "|";
  return patterns.contains("|" + name + "|");
}

TEST(BashCompletion, KnowsWhatFollowsAFlagWithAValue) {
  for (const Flag& flag : flags()) {
    std::vector<std::string> cases;
    for (const std::string& line : lines_of(bash_completion())) {
      if (!line.starts_with("    -")) continue;
      if (is_case_of(line, "--" + std::string(flag.name))) cases.push_back(line);
    }
    ASSERT_EQ(cases.size(), flag.is_switch() ? 0U : 1U) << flag.name;
    if (flag.is_switch()) continue;
    const std::string words = "words='" + std::string(flag.choices) + "'";
    EXPECT_EQ(cases[0].contains(words), !flag.choices.empty() || flag.names_file()) << cases[0];
    EXPECT_EQ(cases[0].contains("files=yes"), flag.names_file()) << cases[0];
  }
}

TEST(ZshCompletion, HasALineForEveryFlag) {
  const std::string text = zsh_completion();
  EXPECT_TRUE(text.starts_with("#compdef lb\n"));
  for (const Flag& flag : flags()) {
    const std::string equals = flag.is_switch() ? "" : "=";
    const std::string name = "--" + std::string(flag.name) + equals;
    const std::string line = line_with(text, flag.letter == 0 ? name + "[" : name + "}'[");
    ASSERT_NE(line, "") << flag.name;
    EXPECT_EQ(line.contains("]:" + std::string(flag.argument) + ":"), !flag.is_switch()) << line;
    EXPECT_EQ(line.contains("_files"), flag.names_file()) << line;
    if (!flag.choices.empty()) {
      EXPECT_TRUE(line.contains("(" + std::string(flag.choices) + ")")) << line;
    }
  }
}

TEST(EnvironmentFile, ShowsEveryVariableWithItsDefaultAndSetsNone) {
  const std::string text = environment_file();
  for (const Flag& flag : flags()) {
    const std::string line =
        "\n#" + variable_of(flag) + "=" + std::string(flag.default_value) + "\n";
    EXPECT_EQ(text.contains(line), !flag.asks_for_text()) << flag.name;
  }
  for (const std::string& line : lines_of(text)) {
    EXPECT_TRUE(line.empty() || line.starts_with('#')) << line;
    EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace lb::app
