// The corpus of the fuzz targets through the same properties.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/properties.h"

namespace lb::fuzz {
namespace {

template <class Check>
void run_corpus(const std::string& side, Check&& check) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LB_CORPUS_DIR "/" + side)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    check(bytes);
    ++files;
  }
  EXPECT_GT(files, 0U);
}

TEST(Corpus, OfRequestsHasAllProperties) {
  run_corpus("request", check_request);
}

TEST(Corpus, OfResponsesHasAllProperties) {
  run_corpus("response", check_response);
}

}  // namespace
}  // namespace lb::fuzz
