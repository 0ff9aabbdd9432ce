#include "cli/vm/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace khofuzz {
namespace {

using testing::ElementsAre;

// Says what it was given, in the pieces it was given.
class Recorded final : public GuestChannel {
 public:
  explicit Recorded(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}

  absl::Status Write(std::string_view bytes) override {
    written.append(bytes);
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> Read(double) override {
    if (pieces_.empty()) return absl::UnavailableError("the machine went off");
    if (pieces_.front().empty()) return absl::DeadlineExceededError("nothing for a while");
    std::string piece = pieces_.front();
    pieces_.pop_front();
    return piece;
  }

  std::string written;

 private:
  std::deque<std::string> pieces_;
};

TEST(GuestProtocol, AnswersAreRead) {
  const auto ok = ParseGuestAnswer("ok 0x7ffff000 12");
  ASSERT_TRUE(ok.ok());
  EXPECT_TRUE(ok->ok());
  EXPECT_THAT(ok->values, ElementsAre("0x7ffff000", "12"));
  EXPECT_EQ(ok->Number(0), 0x7ffff000u);
  EXPECT_EQ(ok->Number(1), 12u);
  EXPECT_EQ(ok->Number(2), 0u);

  const auto refused = ParseGuestAnswer("error -12");
  ASSERT_TRUE(refused.ok());
  EXPECT_FALSE(refused->ok());
  EXPECT_EQ(refused->error, -12);
  EXPECT_EQ(ErrorText(*refused), "-12 (Cannot allocate memory)");

  const auto with_text = ParseGuestAnswer("error -99 kexec_file_load: Cannot assign address");
  ASSERT_TRUE(with_text.ok());
  EXPECT_EQ(ErrorText(*with_text), "kexec_file_load: Cannot assign address");

  for (const char* const line : {"", "okay", "error", "error 0", "data 5"}) {
    EXPECT_EQ(ParseGuestAnswer(line).status().code(), absl::StatusCode::kInternal) << line;
  }
}

TEST(GuestProtocol, LinesComeInPiecesAndLogsHaveBothSides) {
  Recorded channel({"\x01re", "ady\n", "ready\nok 0x1", "000 1\r\n"});
  std::string log;
  Guest guest(&channel, [&log](std::string_view said) { log += said; });
  ASSERT_TRUE(guest.AwaitReady(1).ok());
  const auto answer = guest.Ask("call state", 1);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->values, ElementsAre("0x1000", "1"));
  EXPECT_EQ(channel.written, "call state\n");
  EXPECT_EQ(log, "< \x01ready\n< ready\n> call state\n< ok 0x1000 1\n");
}

TEST(GuestProtocol, AFileIsSoManyBytesWhateverTheyAre) {
  Recorded channel({"data 7\nab\nok", "\n!ok 1\n"});
  Guest guest(&channel);
  const auto file = guest.ReadFile("/proc/x", 1);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(*file, "ab\nok\n!");
  EXPECT_EQ(channel.written, "read /proc/x\n");
  EXPECT_TRUE(guest.Ask("call state", 1).ok());
}

TEST(GuestProtocol, WhatIsNoFileSaysSo) {
  Recorded channel({"error -2 /proc/x: No such file or directory\n", "data many\n"});
  Guest guest(&channel);
  const auto missing = guest.ReadFile("/proc/x", 1);
  EXPECT_TRUE(absl::IsNotFound(missing.status()));
  EXPECT_EQ(missing.status().message(), "/proc/x: No such file or directory");
  EXPECT_EQ(guest.ReadFile("/proc/x", 1).status().code(), absl::StatusCode::kInternal);
}

TEST(GuestProtocol, AGuestThatIsGoneOrSilentIsTold) {
  Recorded gone({"ok"});
  EXPECT_TRUE(absl::IsUnavailable(Guest(&gone).Ask("off", 1).status()));
  Recorded silent({"ok", ""});
  EXPECT_TRUE(absl::IsDeadlineExceeded(Guest(&silent).Ask("off", 1).status()));
  Recorded broken({"error -2 khofuzz_guest.ko: No such file or directory\n"});
  EXPECT_TRUE(absl::IsFailedPrecondition(Guest(&broken).AwaitReady(1)));
}

}  // namespace
}  // namespace khofuzz
