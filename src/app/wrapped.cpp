#include "app/wrapped.h"

#include <algorithm>

namespace lb::app {

std::string wrapped(std::string_view text, std::string_view margin) {
  std::string out;
  std::size_t column = margin.size();
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (column > margin.size() && column + 1 + space > kColumns) {
      out.append("\n").append(margin);
      column = margin.size();
    } else if (column > margin.size()) {
      out += ' ';
      ++column;
    }
    out.append(text.substr(0, space));
    column += space;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out;
}

}  // namespace lb::app
