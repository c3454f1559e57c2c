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

bool begins_a_flag(const std::string& line) {
  return line.starts_with("  -") || line.starts_with("      --");
}

// The part of --help that is about one flag, its lines joined by single spaces.
std::string entry_of(const Flag& flag) {
  const std::string start =
      (flag.letter == 0 ? "      " : std::string("  -") + flag.letter + ", ") + "--" +
      std::string(flag.name);
  std::string entry;
  bool inside = false;
  for (const std::string& line : lines_of(help_text())) {
    if (begins_a_flag(line)) inside = (line + " ").starts_with(start + " ");
    if (line.empty()) inside = false;
    if (inside) entry += line.substr(line.find_first_not_of(' ')) + " ";
  }
  return entry;
}

TEST(Help, TellsEveryFlagWithItsDefault) {
  for (const Flag& flag : flags()) {
    const std::string entry = entry_of(flag);
    EXPECT_NE(entry, "") << flag.name;
    const std::string brackets = "[" + std::string(flag.default_value) + "] ";
    EXPECT_EQ(entry.ends_with(brackets), !flag.default_value.empty()) << entry;
  }
}

TEST(Help, TellsNoOtherFlag) {
  const auto lines = lines_of(help_text());
  const auto told = std::ranges::count_if(lines, begins_a_flag);
  EXPECT_EQ(static_cast<std::size_t>(told), flags().size());
}

TEST(Help, KeepsItsOrder) {
  const std::string text = help_text();
  EXPECT_TRUE(text.starts_with("Usage: "));
  std::size_t at = 0;
  for (const std::string_view part :
       {"Usage: lb --servers HOST:PORT[,...] [options]\n", "\nServers:\n", "\nListening:\n",
        "\nHealth checks:\n", "\nTimeouts", "\nRetries:\n", "\nLimits:\n", "\nHeaders:\n",
        "\nLogging:\n", "\nProcess:\n", "LB_", "\nExamples:\n", "\nExit codes: 0 "}) {
    const std::size_t found = text.find(part, at);
    ASSERT_NE(found, std::string::npos) << part;
    at = found + part.size() - 1;
  }
}

TEST(Help, FitsATerminal) {
  for (const std::string& line : lines_of(help_text())) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  EXPECT_TRUE(help_text().ends_with('\n'));
}

TEST(Help, ShowsExamplesThatParse) {
  std::size_t examples = 0;
  for (const std::string& line : lines_of(help_text())) {
    if (!line.starts_with("  lb ")) continue;
    std::istringstream words(line.substr(5));
    std::vector<std::string> arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    const auto options = parse_options(arguments, [](auto&) { return std::nullopt; });
    EXPECT_TRUE(options) << options.error();
    ++examples;
  }
  EXPECT_EQ(examples, 2U);
}

TEST(Version, IsOneLineForTheVersionAndOneForTheCompiler) {
  const auto lines = lines_of(version_text());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "lb 0.1.0");
  EXPECT_TRUE(lines[1].starts_with("built with ")) << lines[1];
}

}  // namespace
}  // namespace lb::app
