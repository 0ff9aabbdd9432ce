#include "cli/vm/protocol.h"

#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace khofuzz {
namespace {

// No file that is read is larger.
constexpr uint64_t kMaxGuestFile = uint64_t{64} << 20;
constexpr size_t kMaxGuestLine = 64 << 10;

}  // namespace

uint64_t GuestAnswer::Number(size_t n) const {
  return n < values.size() ? std::strtoull(values[n].c_str(), nullptr, 0) : 0;
}

absl::StatusOr<GuestAnswer> ParseGuestAnswer(std::string_view line) {
  const std::vector<std::string> words = absl::StrSplit(std::string(line), ' ', absl::SkipEmpty());
  GuestAnswer answer;
  if (!words.empty() && words[0] == "ok") {
    answer.values.assign(words.begin() + 1, words.end());
    return answer;
  }
  if (words.size() >= 2 && words[0] == "error") {
    answer.error = std::strtoll(words[1].c_str(), nullptr, 10);
    for (size_t i = 2; i < words.size(); ++i) {
      absl::StrAppend(&answer.text, answer.text.empty() ? "" : " ", words[i]);
    }
    if (answer.error != 0) return answer;
  }
  return absl::InternalError(absl::StrCat("the guest says '", std::string(line.substr(0, 200)),
                                          "', expected ok or error"));
}

std::string ErrorText(const GuestAnswer& answer) {
  if (!answer.text.empty()) return answer.text;
  return absl::StrCat(answer.error, " (", std::strerror(static_cast<int>(-answer.error)), ")");
}

absl::StatusOr<std::string> Guest::GetLine(double seconds) {
  size_t end = 0;
  while ((end = unread_.find('\n')) == std::string::npos) {
    if (unread_.size() > kMaxGuestLine) return absl::InternalError("the guest's line has no end");
    const auto more = channel_->Read(seconds);
    if (!more.ok()) return more.status();
    unread_ += *more;
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  Log(absl::StrCat("< ", line, "\n"));
  return line;
}

absl::Status Guest::Send(std::string_view line) {
  Log(absl::StrCat("> ", std::string(line), "\n"));
  return channel_->Write(absl::StrCat(std::string(line), "\n"));
}

absl::Status Guest::AwaitReady(double seconds) {
  for (;;) {
    const auto line = GetLine(seconds);
    if (!line.ok()) return line.status();
    if (*line == "ready") return absl::OkStatus();
    // The port of a machine that starts anew may carry a byte or two.
    if (line->starts_with("error")) {
      return absl::FailedPreconditionError(absl::StrCat("the guest cannot start: ", *line));
    }
  }
}

absl::StatusOr<GuestAnswer> Guest::Ask(std::string_view line, double seconds) {
  if (const absl::Status sent = Send(line); !sent.ok()) return sent;
  const auto answer = GetLine(seconds);
  if (!answer.ok()) return answer.status();
  return ParseGuestAnswer(*answer);
}

absl::StatusOr<std::string> Guest::ReadFile(std::string_view path, double seconds) {
  if (const absl::Status sent = Send(absl::StrCat("read ", std::string(path))); !sent.ok()) {
    return sent;
  }
  const auto head = GetLine(seconds);
  if (!head.ok()) return head.status();
  if (!head->starts_with("data ")) {
    const auto answer = ParseGuestAnswer(*head);
    if (!answer.ok()) return answer.status();
    return absl::NotFoundError(ErrorText(*answer));
  }
  char* end = nullptr;
  const uint64_t size = std::strtoull(head->c_str() + 5, &end, 10);
  if (end == head->c_str() + 5 || *end != '\0' || size > kMaxGuestFile) {
    return absl::InternalError(absl::StrCat("the guest says '", *head, "', expected data SIZE"));
  }
  while (unread_.size() < size) {
    const auto more = channel_->Read(seconds);
    if (!more.ok()) return more.status();
    unread_ += *more;
  }
  std::string content = unread_.substr(0, size);
  unread_.erase(0, size);
  Log(content);
  return content;
}

}  // namespace khofuzz
