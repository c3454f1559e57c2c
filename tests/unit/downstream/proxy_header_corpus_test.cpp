// The corpus of the fuzz target through the same properties.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/properties.h"

namespace lb::fuzz {
namespace {

TEST(Corpus, OfProxyHeadersHasAllProperties) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LB_CORPUS_DIR "/proxy_header")) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    check_proxy_header(std::string{std::istreambuf_iterator<char>(file), {}});
    ++files;
  }
  EXPECT_GT(files, 0U);
}

}  // namespace
}  // namespace lb::fuzz
