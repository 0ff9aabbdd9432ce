#include "linux/call_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {

void CallWatch::Begin(const kf_tree& tree, const Design& design, std::string_view put_right) {
  tree_ = &tree;
  design_ = design;
  if (symbols_.empty()) symbols_ = ReadFunctionSymbols(path_);
  put_right_ = put_right;
  wrong_.clear();
  calls_.clear();
  on_ = tree.trace_calls(1) == 0;
}

std::vector<WrongAnswer> CallWatch::End() {
  if (!std::exchange(on_, false)) return {};
  (void)tree_->trace_calls(0);
  FramesByAddress frames;
  std::vector<WrongAnswer> answers;
  for (Wrong& wrong : wrong_) {
    LookUpFrames(path_, object_, wrong.trace, frames);
    for (const void* const address : wrong.trace) {
      for (const SourceLine& line : frames[address]) {
        if (wrong.answer.calls.empty()) wrong.answer.source = line.source;
        wrong.answer.calls.push_back(absl::StrCat(line.function, "() ", line.source));
      }
    }
    answers.push_back(std::move(wrong.answer));
  }
  wrong_.clear();
  return answers;
}

const QuestionKind* CallWatch::QuestionOf(const void* function) {
  const auto [known, added] = questions_.try_emplace(function);
  if (!added) return known->second;
  const auto offset = static_cast<uint64_t>(static_cast<const char*>(function) - object_.base);
  std::string name = FunctionAt(symbols_, offset);
  // Those that are called by way of the environment have another name there, and compilers call
  // their copies of a function "NAME.llvm.1234".
  constexpr std::string_view kOther = "kf_tree_";
  if (name.starts_with(kOther)) name.erase(0, kOther.size());
  return known->second = FindQuestion(name.substr(0, name.find('.')));
}

void CallWatch::NoteFault() {
  if (!calls_.empty()) calls_.back().refused = true;
}

void CallWatch::Enter(const void* function, const uint64_t* args, void* const* slot) {
  // The stack grows downwards: calls at or below this one ended where the kernel stopped.
  while (!calls_.empty() && calls_.back().slot <= slot) calls_.pop_back();
  Call call{.slot = slot,
            .returns_to = *slot,
            .function = function,
            .question = looking_ || !on_ ? nullptr : QuestionOf(function),
            .args = {},
            .refused = !calls_.empty() && calls_.back().refused};
  if (call.question != nullptr) std::copy_n(args, call.args.size(), call.args.begin());
  calls_.push_back(call);
}

void* CallWatch::Leave(void* const* slot, uint64_t* answer) {
  while (calls_.size() > 1 && calls_.back().slot < slot) calls_.pop_back();
  const Call call = calls_.back();
  if (call.question != nullptr && on_ && !call.refused) {
    looking_ = true;
    const AnswerForm form = call.question->form;
    const auto right = call.question->right({tree_, &design_, call.args}, *answer);
    looking_ = false;
    if (right.has_value() && ValueOf(form, *right) != ValueOf(form, *answer)) {
      Note(call, *answer, *right);
      if (call.question->function == put_right_) *answer = *right;
    }
  }
  calls_.pop_back();
  return call.returns_to;
}

void CallWatch::Note(const Call& call, uint64_t answer, uint64_t right) {
  const QuestionKind& question = *call.question;
  const bool known = std::ranges::any_of(wrong_, [&question](const Wrong& wrong) {
    return wrong.answer.function == question.function;
  });
  if (known) return;
  Wrong wrong;
  wrong.answer.function = std::string(question.function);
  wrong.answer.asked = TextOf(question, {tree_, &design_, call.args});
  wrong.answer.answer = TextOf(question.form, answer);
  wrong.answer.right = TextOf(question.form, right);
  wrong.answer.why = std::string(question.why);
  wrong.trace.push_back(call.function);
  for (auto outer = calls_.rbegin(); outer != calls_.rend(); ++outer) {
    wrong.trace.push_back(outer->returns_to);
  }
  wrong_.push_back(std::move(wrong));
}

}  // namespace khofuzz
