// How an op ended: what explain shows at its line, and what replay counts.
//
// Nothing is passed over in silence: an op that does nothing says why, one that was cut says from
// what to what, and what the kernel refused carries the kernel's message.
#ifndef KHOFUZZ_SCENARIO_PLAYING_OUTCOME_H_
#define KHOFUZZ_SCENARIO_PLAYING_OUTCOME_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace khofuzz {

// From the best to the worst: an op that is cut and then refused was refused.
enum class OpEnd : uint8_t {
  kPlayed,    // did what it says
  kCut,       // did less, since more does not fit
  kRefused,   // the kernel said no
  kNoEffect,  // there was nothing that it could have acted on
};

class OpOutcome {
 public:
  // Without telling, ends are kept and texts are not: where nobody reads them, writing them is a
  // part of what a play costs.
  void set_telling(bool on) { telling_ = on; }
  bool telling() const { return telling_; }

  OpEnd end() const { return end_; }
  const std::string& text() const { return text_; }
  // What has been said, one line each; the next op begins.
  std::string Take() {
    end_ = OpEnd::kPlayed;
    return std::exchange(text_, {});
  }

  // What came of it. `parts` are as absl::StrCat() takes them.
  template <typename... Parts>
  void Say(const Parts&... parts) {
    if (telling_) AddLine(absl::StrCat(ForStrCat(parts)...));
  }
  // "cut to fit: 5000 pages to 1015".
  template <typename... Parts>
  void Cut(const Parts&... parts) {
    EndAs(OpEnd::kCut);
    Say("cut to fit: ", parts...);
  }
  template <typename... Parts>
  void Refused(const Parts&... parts) {
    EndAs(OpEnd::kRefused);
    Say("refused: ", parts...);
  }
  template <typename... Parts>
  void NoEffect(const Parts&... parts) {
    EndAs(OpEnd::kNoEffect);
    Say("without effect: ", parts...);
  }

 private:
  // Abseil may have a string_view of its own.
  static absl::string_view ForStrCat(std::string_view text) { return {text.data(), text.size()}; }
  template <typename Part>
    requires(!std::is_convertible_v<const Part&, std::string_view>)
  static const Part& ForStrCat(const Part& part) {
    return part;
  }

  void EndAs(OpEnd end) { end_ = std::max(end_, end); }
  void AddLine(std::string_view line) {
    if (line.empty()) return;
    if (!text_.empty()) text_ += '\n';
    text_ += line;
  }

  OpEnd end_ = OpEnd::kPlayed;
  bool telling_ = true;
  std::string text_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_OUTCOME_H_
