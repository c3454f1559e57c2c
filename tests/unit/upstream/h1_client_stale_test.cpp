// A request on a connection that its server has ended: how far it may have come, case by case. With
// LB_TRIAL=full each case is run 10,000 times.

#include <cstdlib>
#include <filesystem>

#include "tests/unit/upstream/client_fixture.h"

namespace lb::upstream {
namespace {

int runs() {
  const char* const trial = std::getenv("LB_TRIAL");
  return trial != nullptr && std::string_view(trial) == "full" ? 10'000 : 20;
}

class AStaleConnection : public AClient {
 public:
  void on_suspect(Endpoint&) { ++suspicions_; }

 protected:
  // A connection that has carried one request, taken from the pool for the next.
  void is_taken() {
    client_.reset();
    handler_ = {};
    connects();
    asks();
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    upstream().give_back(std::move(client_));
    handler_ = {};
    client_ = upstream().open({}, handler_);
    ASSERT_TRUE(client_->connected());
    origin_.forget();
  }
  void posts() {
    http::RequestHead head = request_head(http::Method::kPost, "POST");
    head.framing = {.kind = http::Framing::Kind::kLength, .length = 4};
    sends(head, false);
    static_cast<void>(sends_body("body", true));
  }
  void origin_gets_it() { ASSERT_TRUE(origin_hears("body")); }

  void expect_end(ErrorCode code, bool never_applied) {
    ASSERT_TRUE(is_over());
    EXPECT_EQ(handler_.failure->code, code);
    EXPECT_EQ(handler_.failure->phase, Phase::kHead);
    EXPECT_TRUE(client_->may_be_stale());
    EXPECT_EQ(client_->never_applied(), never_applied);
  }

  int suspicions_ = 0;
};

TEST_F(AStaleConnection, CaseAClosedWhileItWasIdleHasNotSeenTheRequest) {
  for (int i = 0; i < runs() && !HasFailure(); ++i) {
    is_taken();
    origin_.closes();
    posts();
    expect_end(ErrorCode::kReset, true);
  }
}

TEST_F(AStaleConnection, CaseAIsProvenForWhatIsSentAfterTheReset) {
  is_taken();
  origin_.closes();
  http::RequestHead head = request_head(http::Method::kPost, "POST");
  head.framing = {.kind = http::Framing::Kind::kLength, .length = 4};
  sends(head, false);
  ASSERT_TRUE(test::wait_until_readable(client_->fd()));  // the reset has come
  static_cast<void>(sends_body("body", true));            // and this meets it
  expect_end(ErrorCode::kReset, true);
}

TEST_F(AStaleConnection, CaseBClosedAfterItReadTheRequestMayHaveActedOnIt) {
  for (int i = 0; i < runs() && !HasFailure(); ++i) {
    is_taken();
    posts();
    origin_gets_it();
    origin_.closes();
    expect_end(ErrorCode::kClosed, false);
  }
}

TEST_F(AStaleConnection, CaseCClosedOverTheUnreadRequestProvesNothing) {
  for (int i = 0; i < runs() && !HasFailure(); ++i) {
    is_taken();
    posts();
    ASSERT_TRUE(test::wait_until_readable(origin_.fd()));
    origin_.closes();
    expect_end(ErrorCode::kReset, false);
  }
}

TEST_F(AStaleConnection, CaseDResetAfterItReadTheRequestMayHaveActedOnIt) {
  for (int i = 0; i < runs() && !HasFailure(); ++i) {
    is_taken();
    posts();
    origin_gets_it();
    origin_.resets();
    expect_end(ErrorCode::kReset, false);
  }
}

TEST_F(AStaleConnection, CaseEHalfClosedIsWaitedForAndProvesNothing) {
  for (int i = 0; i < runs() && !HasFailure(); ++i) {
    is_taken();
    origin_.half_closes();
    posts();
    origin_gets_it();
    const os::Time before = os::now();
    expect_end(ErrorCode::kClosed, false);
    EXPECT_GE(os::now() - before, kResetWait - std::chrono::milliseconds(10));
  }
}

// The documented false positive: a server that closes its direction of an idle connection, acts on
// what comes all the same, and then resets. Only an acknowledgement would show it, and that may
// wait.
TEST_F(AStaleConnection, CaseFIsTakenForNeverSeenUnlessItWasAcknowledged) {
  for (int i = 0; i < runs() && !HasFailure(); ++i) {
    is_taken();
    origin_.half_closes();
    posts();
    origin_gets_it();
    const bool acknowledged =
        os::tcp_state(client_->fd())->bytes_acknowledged > 1 + client_->sent_before();
    origin_.resets();
    expect_end(ErrorCode::kReset, !acknowledged);
  }
}

TEST_F(AStaleConnection, NeedsNoProofForWhatIsIdempotent) {
  is_taken();
  origin_.half_closes();
  sends(request_head(http::Method::kGet, "GET"));
  const os::Time before = os::now();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(handler_.failure->code, ErrorCode::kClosed);
  EXPECT_TRUE(client_->may_be_stale());
  EXPECT_LT(os::now() - before, kResetWait) << "it is not waited for";
}

TEST_F(AStaleConnection, IsNoSignAgainstItsServer) {
  upstream().on_suspect(Callback<Endpoint&>::to<&AStaleConnection::on_suspect>(this));
  is_taken();
  origin_.closes();
  sends(request_head(http::Method::kGet, "GET"));
  ASSERT_TRUE(is_over());
  EXPECT_EQ(suspicions_, 0);
}

TEST_F(AStaleConnection, IsNoneWhereTheServerLetsTheRequestWaitInVain) {
  limits_.server_timeout = std::chrono::milliseconds(100);
  upstream().on_suspect(Callback<Endpoint&>::to<&AStaleConnection::on_suspect>(this));
  is_taken();
  asks();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(handler_.failure->code, ErrorCode::kTimedOut);
  EXPECT_EQ(suspicions_, 1);
}

TEST_F(AStaleConnection, IsNoneBeforeItHasCarriedARequest) {
  connects();
  origin_.closes();
  posts();
  ASSERT_TRUE(is_over());
  EXPECT_FALSE(client_->may_be_stale());
  EXPECT_FALSE(client_->never_applied());
}

TEST_F(AStaleConnection, IsNoneOnceAByteOfTheAnswerHasCome) {
  is_taken();
  posts();
  origin_gets_it();
  origin_.sends("HTTP/1.1 2");
  origin_.closes();
  ASSERT_TRUE(is_over());
  EXPECT_FALSE(client_->may_be_stale());
  EXPECT_FALSE(client_->never_applied());
}

// A unix socket moves bytes to the peer within the call, so only a send that met nobody proves it.
class AStaleUnixConnection : public AStaleConnection {
 protected:
  AStaleUnixConnection() { addresses_ = {address_}; }
  ~AStaleUnixConnection() override { std::filesystem::remove(address_.unix_path); }

  void is_taken() {
    opens();
    ASSERT_TRUE(test::run_until(reactor_, [&] { return handler_.connects > 0; }));
    origin_ = test::Peer(os::accept(listening_.get()).fd);
    ASSERT_TRUE(origin_.is_open());
    asks();
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    upstream().give_back(std::move(client_));
    handler_ = {};
    client_ = upstream().open({}, handler_);
    ASSERT_TRUE(client_->connected());
    origin_.forget();
  }

  const os::Address address_ = test::unix_address("stale");
  os::Fd listening_ = std::move(*os::listen(address_, 4));
};

TEST_F(AStaleUnixConnection, ThatWasClosedBeforeHasNotSeenTheRequest) {
  is_taken();
  origin_.closes();
  posts();
  expect_end(ErrorCode::kReset, true);
}

TEST_F(AStaleUnixConnection, ThatWasClosedOverTheUnreadRequestProvesNothing) {
  is_taken();
  posts();
  origin_.closes();
  ASSERT_TRUE(is_over());
  EXPECT_FALSE(client_->never_applied());
}

}  // namespace
}  // namespace lb::upstream
