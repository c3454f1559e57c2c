#include "app/access_log_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/support/loopback.h"
#include "tests/unit/support/turns.h"

namespace lb::app {
namespace {

using std::chrono::milliseconds;

class AnAccessLogFile : public testing::Test {
 protected:
  ~AnAccessLogFile() override {
    log_.reset();
    std::filesystem::remove(path_);
  }

  void opens() { opens(path_); }
  void opens(const std::string& path) {
    auto file = os::open_append(path);
    ASSERT_TRUE(file.has_value());
    log_.emplace(reactor_, std::move(*file));
  }

  [[nodiscard]] std::string content() const {
    const std::ifstream file(path_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // A line of so many bytes, its end included.
  static std::string line(std::size_t bytes, char filler) {
    std::string text(bytes, filler);
    text.back() = '\n';
    return text;
  }

  event::Reactor reactor_;
  const std::string path_ = test::unix_address("access-log").unix_path;
  std::optional<AccessLogFile> log_;
};

TEST_F(AnAccessLogFile, KeepsLinesForAWhile) {
  opens();
  log_->write({"one\n"});
  test::turn(reactor_);
  EXPECT_EQ(content(), "");
}

TEST_F(AnAccessLogFile, WritesThemEachSecond) {
  opens();
  test::turn(reactor_);
  const os::Time begin = reactor_.now();
  log_->write({"one\n"});
  log_->write({"two\n"});
  ASSERT_TRUE(test::run_until(reactor_, [&] { return !content().empty(); }));
  EXPECT_EQ(content(), "one\ntwo\n");
  EXPECT_GE(reactor_.now() - begin, AccessLogFile::kFlushInterval);
}

TEST_F(AnAccessLogFile, WritesThemWhenItIsFull) {
  opens();
  constexpr std::size_t kLine = 1024;
  std::string all;
  for (std::size_t i = 0; i < AccessLogFile::kBufferBytes / kLine; ++i) {
    log_->write({line(kLine, static_cast<char>('a' + i % 26))});
    all += line(kLine, static_cast<char>('a' + i % 26));
  }
  EXPECT_EQ(content(), "") << "just full";
  log_->write({"one more\n"});
  EXPECT_EQ(content(), all) << "whole lines, in order";
}

TEST_F(AnAccessLogFile, WritesALineThatIsLargerThanItselfInItsPlace) {
  opens();
  const std::string large = line(AccessLogFile::kBufferBytes + 1, 'x');
  log_->write({"before\n"});
  log_->write({large});
  log_->write({"after\n"});
  log_->flush();
  EXPECT_EQ(content(), "before\n" + large + "after\n");
}

TEST_F(AnAccessLogFile, WritesThemWhenAskedTo) {
  opens();
  log_->write({"one\n"});
  log_->flush();
  EXPECT_EQ(content(), "one\n");
  log_->flush();
  EXPECT_EQ(content(), "one\n");
}

TEST_F(AnAccessLogFile, WritesThemAtItsEnd) {
  opens();
  log_->write({"one\n"});
  log_.reset();
  EXPECT_EQ(content(), "one\n");
}

TEST_F(AnAccessLogFile, HasNoTimerWhileNothingWaits) {
  opens();
  EXPECT_LE(test::run_for(reactor_, milliseconds(20)), 3U);
  log_->write({"one\n"});
  log_->flush();
  log_->write({"two\n"});
  ASSERT_TRUE(test::run_until(reactor_, [&] { return content() == "one\ntwo\n"; }));
}

TEST_F(AnAccessLogFile, LosesLinesWhereTheDiskIsFullAndGoesOn) {
  opens("/dev/full");
  log_->write({"one\n"});
  log_->flush();
  log_->write({line(AccessLogFile::kBufferBytes + 1, 'x')});
  log_->write({"two\n"});
  log_->flush();
}

}  // namespace
}  // namespace lb::app
