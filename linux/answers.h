// What functions of the kernel have to answer: those that change nothing, and that others go by.
//
// Of each the right answer is worked out anew, from what the tree's own arrays hold at that moment
// and from its arguments, by the algorithms of core/.
#ifndef KHOFUZZ_LINUX_ANSWERS_H_
#define KHOFUZZ_LINUX_ANSWERS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/designs/design.h"
#include "linux/abi.h"

namespace khofuzz {

// How an answer, or an argument, is written.
enum class AnswerForm : uint8_t { kBool, kInt, kNumber, kPointer };

// A question, as it was asked.
struct Asked {
  const kf_tree* tree;
  const Design* design;  // as which it should be answered
  std::array<uint64_t, 6> args;
};

struct QuestionKind {
  struct Param {
    std::string_view name;
    AnswerForm form = AnswerForm::kNumber;
  };
  std::string_view function;
  std::vector<Param> params;
  AnswerForm form;
  std::string_view why;  // what makes the answer right, a clause
  // Nobody knows: nullopt. `answer` is what was answered, for where several would be right.
  std::optional<uint64_t> (*right)(const Asked& asked, uint64_t answer);
};

// Null where nothing is known of the function.
const QuestionKind* FindQuestion(std::string_view function);

// Of what a register holds, the part that counts.
uint64_t ValueOf(AnswerForm form, uint64_t word);
// "true", "-1", "0xc00000".
std::string TextOf(AnswerForm form, uint64_t word);
// "kho_scratch_overlap(phys=0xc00000, size=0x20000)"; pointers are left out.
std::string TextOf(const QuestionKind& question, const Asked& asked);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_ANSWERS_H_
