// The calls of a tree's functions while somebody looks at their answers.
#ifndef KHOFUZZ_LINUX_CALL_WATCH_H_
#define KHOFUZZ_LINUX_CALL_WATCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/kernel_answers.h"
#include "linux/abi.h"
#include "linux/answers.h"
#include "linux/source_line.h"
#include "linux/symbols.h"

namespace khofuzz {

class CallWatch {
 public:
  // Of the tree in the object at `path`, loaded at `object`.
  CallWatch(std::string path, const AddressSpan& object)
      : path_(std::move(path)), object_(object) {}

  // As KernelAnswers says. Does nothing where the tree cannot be watched.
  void Begin(const kf_tree& tree, const Design& design, std::string_view put_right);
  std::vector<WrongAnswer> End();

  // What is under way has been refused something on purpose: what it and what it calls answer from
  // here on is nobody's mistake.
  void NoteFault();
  // kf_host.enter and leave.
  void Enter(const void* function, const uint64_t* args, void* const* slot);
  void* Leave(void* const* slot, uint64_t* answer);

 private:
  // A function of the tree that has begun and has not returned.
  struct Call {
    void* const* slot;
    void* returns_to;
    const void* function;  // an address within it
    const QuestionKind* question;
    std::array<uint64_t, 6> args;
    bool refused = false;  // it, or what has called it, as NoteFault() says
  };
  struct Wrong {
    WrongAnswer answer;
    std::vector<const void*> trace;
  };
  // What a function is, by an address at its beginning.
  const QuestionKind* QuestionOf(const void* function);
  void Note(const Call& call, uint64_t answer, uint64_t right);

  const std::string path_;
  const AddressSpan object_;
  const kf_tree* tree_ = nullptr;
  Design design_;
  FunctionSymbols symbols_;
  absl::flat_hash_map<const void*, const QuestionKind*> questions_;
  std::string put_right_;
  bool on_ = false;
  bool looking_ = false;  // works out what is right: what that calls is not of interest
  std::vector<Call> calls_;
  std::vector<Wrong> wrong_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_CALL_WATCH_H_
