// Sessions with guests that were: recorded/NAME.exchange is what host and guest said (exchange.txt
// of a run), recorded/NAME.kho the scenario. The session must say the same again, line by line, and
// come to the same.
#include "cli/vm/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "cli/vm/qemu.h"
#include "linux/build/text_files.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Plays the guest's part of an exchange, as far as the host says what it said then.
class Replay final : public GuestChannel {
 public:
  explicit Replay(std::string exchange) : exchange_(std::move(exchange)) {}

  absl::Status Write(std::string_view bytes) override {
    const std::string expected = absl::StrCat("> ", std::string(bytes));
    if (exchange_.compare(at_, expected.size(), expected) != 0) {
      const size_t end = exchange_.find('\n', at_);
      ADD_FAILURE() << "the host says " << bytes << "recorded was "
                    << exchange_.substr(at_, end - at_);
      return absl::UnavailableError("not as recorded");
    }
    at_ += expected.size();
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(double) override {
    if (left_ > 0) return Bytes(left_);
    if (exchange_.compare(at_, 2, "< ") != 0) return absl::UnavailableError("the machine went off");
    const size_t end = exchange_.find('\n', at_);
    const std::string line = exchange_.substr(at_ + 2, end - at_ - 1);
    at_ = end + 1;
    if (line.starts_with("data ")) left_ = std::stoul(line.substr(5));
    return line;
  }

 private:
  std::string Bytes(size_t count) {
    std::string bytes = exchange_.substr(at_, count);
    at_ += count;
    left_ = 0;
    return bytes;
  }

  std::string exchange_;
  size_t at_ = 0;
  size_t left_ = 0;
};

struct Recording {
  Scenario scenario;
  VmScript script;
  VmResult result;
};

Recording PlayAgain(const std::string& name) {
  const std::filesystem::path base = std::filesystem::path(KHOFUZZ_RECORDED_DIR) / name;
  const auto exchange = ReadText(base.string() + ".exchange");
  const auto text = ReadText(base.string() + ".kho");
  EXPECT_TRUE(exchange.ok() && text.ok()) << name;
  Recording recording;
  const auto scenario = ParseStrict(text.value_or(""));
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  if (!scenario.ok() || !exchange.ok()) return recording;
  recording.scenario = *scenario;
  recording.script = ScriptOf(*scenario);
  EXPECT_THAT(recording.script.cannot, IsEmpty());
  Replay channel(*exchange);
  Guest guest(&channel);
  recording.result =
      PlayScript(recording.scenario, recording.script, guest, kGuestCommandLine, VmLimits());
  TakeConsole("", recording.script, recording.result);
  return recording;
}

}  // namespace
}  // namespace khofuzz
