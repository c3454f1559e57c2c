// lb_texts TEXT: prints one of the texts of a package (texts.h). Run by the build, never installed.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "app/texts.h"
#include "lb/os/os.h"

namespace {

struct Text {
  std::string_view name;
  std::string (*write)();
};

constexpr auto kTexts = std::to_array<Text>({{"lb.1", lb::app::man_page},
                                             {"lb.bash", lb::app::bash_completion},
                                             {"_lb", lb::app::zsh_completion},
                                             {"lb.default", lb::app::environment_file}});

bool print(std::string_view text) {
  while (!text.empty()) {
    const lb::os::IoResult written = lb::os::write(lb::os::standard_output().get(), text);
    if (written.error != 0) return false;
    text.remove_prefix(written.bytes);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto* const text =
      argc == 2 ? std::ranges::find(kTexts, std::string_view(argv[1]), &Text::name) : kTexts.end();
  return text != kTexts.end() && print(text->write()) ? 0 : 1;
}
