#include "linux/call_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

// As the sources have it, of a symbol's. Those that are called by way of the environment have
// another name there, and compilers call their copies of a function "NAME.llvm.1234".
std::string NameOf(std::string_view symbol) {
  constexpr std::string_view kOther = "kf_tree_";
  if (symbol.starts_with(kOther)) symbol.remove_prefix(kOther.size());
  return std::string(symbol.substr(0, symbol.find('.')));
}

}  // namespace

void CallWatch::Begin(const kf_tree& tree, const Design& design, std::string_view put_right,
                      std::optional<Pfn> page) {
  tree_ = &tree;
  design_ = design;
  if (symbols_.empty()) symbols_ = ReadFunctionSymbols(path_);
  put_right_ = put_right;
  page_ = page;
  wrong_.clear();
  requests_ = {};
  calls_.clear();
  on_ = tree.trace_calls(1) == 0;
}

void CallWatch::NoteKnown(PageRequests& requests) const {
  for (const auto& [offset, symbol] : symbols_) {
    const std::string name = NameOf(symbol.name);
    const auto pages = PagesOf(name);
    if (!pages.has_value()) continue;
    requests.known.insert(name);
    if (pages->gives_node()) requests.given_nodes.insert(name);
  }
}

KernelAnswers::Seen CallWatch::End() {
  if (!std::exchange(on_, false)) return {};
  (void)tree_->trace_calls(0);
  FramesByAddress frames;
  KernelAnswers::Seen seen{.wrong = {}, .requests = std::exchange(requests_, {})};
  if (page_.has_value()) NoteKnown(seen.requests);
  for (Wrong& wrong : wrong_) {
    LookUpFrames(path_, object_, wrong.trace, frames);
    for (const void* const address : wrong.trace) {
      for (const SourceLine& line : frames[address]) {
        if (wrong.answer.calls.empty()) wrong.answer.source = line.source;
        wrong.answer.calls.push_back(absl::StrCat(line.function, "() ", line.source));
      }
    }
    seen.wrong.push_back(std::move(wrong.answer));
  }
  wrong_.clear();
  return seen;
}

const CallWatch::Watched& CallWatch::WatchedAt(const void* function) {
  std::unique_ptr<Watched>& known = watched_[function];
  if (known != nullptr) return *known;
  known = std::make_unique<Watched>();
  const auto offset = static_cast<uint64_t>(static_cast<const char*>(function) - object_.base);
  known->name = NameOf(FunctionAt(symbols_, offset));
  known->question = FindQuestion(known->name);
  known->pages = PagesOf(known->name);
  return *known;
}

std::optional<PageCall> CallWatch::PagesOf(std::string_view function) const {
  const auto parameters = ParametersOf(tree_->signatures, function);
  return parameters.has_value() ? PageCall::Of(*parameters) : std::nullopt;
}

std::optional<bool> CallWatch::IsForPage(const Call& call) const {
  if (call.watched == nullptr || !call.watched->pages.has_value()) return std::nullopt;
  return call.watched->pages->Pages(call.args, tree_->page_shift).Contains(*page_);
}

void CallWatch::NoteRequest() {
  const Call& call = calls_.back();
  if (!call.watched->pages.has_value()) return;
  if (IsForPage(call) != true) return;
  requests_.asked.insert({kernel_, call.watched->name});
  for (auto outer = calls_.rbegin() + 1; outer != calls_.rend(); ++outer) {
    const std::optional<bool> for_page = IsForPage(*outer);
    if (for_page == false) requests_.beyond.insert({kernel_, outer->watched->name});
    if (for_page.has_value()) return;
  }
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
            .watched = looking_ || !on_ ? nullptr : &WatchedAt(function),
            .args = {},
            .refused = !calls_.empty() && calls_.back().refused};
  if (call.watched != nullptr) std::copy_n(args, call.args.size(), call.args.begin());
  calls_.push_back(call);
  if (call.watched != nullptr && page_.has_value()) NoteRequest();
}

void* CallWatch::Leave(void* const* slot, uint64_t* answer) {
  while (calls_.size() > 1 && calls_.back().slot < slot) calls_.pop_back();
  const Call call = calls_.back();
  const QuestionKind* const question = call.watched == nullptr ? nullptr : call.watched->question;
  if (question != nullptr && on_ && !call.refused) {
    looking_ = true;
    const AnswerForm form = question->form;
    const auto right = question->right({tree_, &design_, call.args}, *answer);
    looking_ = false;
    if (right.has_value() && ValueOf(form, *right) != ValueOf(form, *answer)) {
      Note(call, *answer, *right);
      if (question->function == put_right_) *answer = *right;
    }
  }
  calls_.pop_back();
  return call.returns_to;
}

void CallWatch::Note(const Call& call, uint64_t answer, uint64_t right) {
  const QuestionKind& question = *call.watched->question;
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
