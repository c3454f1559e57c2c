#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lb/os/os.h"
#include "tests/unit/support/loopback.h"

namespace lb::os {
namespace {

class AFile : public testing::Test {
 protected:
  ~AFile() override { std::filesystem::remove(path_); }

  [[nodiscard]] std::string content() const {
    std::ifstream file(path_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  static void write_to(const Fd& file, std::string_view text) {
    const IoResult put = write(file.get(), text);
    EXPECT_EQ(put.error, 0);
    EXPECT_EQ(put.bytes, text.size());
  }

  const std::string path_ = test::unix_address("os-file").unix_path;
};

TEST_F(AFile, IsCreatedWhereItIsMissing) {
  const auto file = open_append(path_);
  ASSERT_TRUE(file.has_value());
  write_to(*file, "one\n");
  EXPECT_EQ(content(), "one\n");
}

TEST_F(AFile, KeepsWhatIsThereAndGrowsAtItsEnd) {
  for (const char* line : {"one\n", "two\n"}) {
    const auto file = open_append(path_);
    ASSERT_TRUE(file.has_value());
    write_to(*file, line);
  }
  EXPECT_EQ(content(), "one\ntwo\n");
}

TEST_F(AFile, TellsWhyItCannotBeOpened) {
  const auto file = open_append(path_ + "/below/a/file");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error(), ENOENT);
}

TEST_F(AFile, TellsThatItCannotBeWritten) {
  const auto file = open_append("/dev/full");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(write(file->get(), std::string_view("x")).error, ENOSPC);
}

TEST(APipe, ThatIsFullIsNotWaitedFor) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);  // as a shell makes it: writing to it blocks
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const std::string much(1 << 20, 'x');
  std::size_t written = 0;
  IoResult put = write(writer.get(), much);
  for (; put.error == 0 && written < much.size(); put = write(writer.get(), much)) {
    EXPECT_GT(put.bytes, 0U);
    written += put.bytes;
  }
  EXPECT_TRUE(put.would_block());
}

TEST(AnFd, ClosesWhatItOwnsOnce) {
  auto file = open_append("/dev/null");
  ASSERT_TRUE(file.has_value());
  const int number = file->get();
  Fd taken = std::move(*file);
  EXPECT_FALSE(file->is_open());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(taken.get(), number);
  taken.reset();
  EXPECT_FALSE(taken.is_open());
  EXPECT_EQ(write(number, std::string_view("x")).error, EBADF);
}

TEST(AnFd, ClosesTheOldOneWhenItTakesANewOne) {
  auto first = open_append("/dev/null");
  auto second = open_append("/dev/null");
  ASSERT_TRUE(first.has_value() && second.has_value());
  const int number = first->get();
  *first = std::move(*second);
  EXPECT_EQ(write(number, std::string_view("x")).error, EBADF);
  EXPECT_EQ(write(first->get(), std::string_view("x")).error, 0);
}

TEST(ErrorWords, AreThoseOfTheSystem) {
  EXPECT_EQ(error_text(EADDRINUSE), "Address already in use");
}

TEST(ErrorKinds, AreToldApart) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) EXPECT_TRUE(is_exhausted(error));
  for (const int error : {0, EAGAIN, ECONNREFUSED}) EXPECT_FALSE(is_exhausted(error));
  EXPECT_TRUE(is_in_progress(EINPROGRESS));
  EXPECT_FALSE(is_in_progress(EAGAIN));
  EXPECT_TRUE(is_unsupported(EAFNOSUPPORT));
  EXPECT_TRUE(is_unsupported(EADDRNOTAVAIL));
  EXPECT_FALSE(is_unsupported(EADDRINUSE));
}

TEST(LocalTime, IsBrokenDownWithItsDistanceToUtc) {
  ASSERT_EQ(setenv("TZ", "IST-05:30", 1), 0);  // east of Greenwich, POSIX writes it with a minus
  tzset();
  const struct LocalTime time = local_time(std::chrono::seconds(1'731'089'981));
  EXPECT_EQ(time.year, 2024);
  EXPECT_EQ(time.month, 11);
  EXPECT_EQ(time.day, 8);
  EXPECT_EQ(time.hour, 23);
  EXPECT_EQ(time.minute, 49);
  EXPECT_EQ(time.second, 41);
  EXPECT_EQ(time.utc_offset_minutes, 330);
}

TEST(RandomSeed, IsDrawnAnew) {
  EXPECT_NE(random_seed(), random_seed());
}

}  // namespace
}  // namespace lb::os
