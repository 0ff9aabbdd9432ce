// The calls of a tree's functions while somebody looks at what they ask and answer.
#ifndef KHOFUZZ_LINUX_CALL_WATCH_H_
#define KHOFUZZ_LINUX_CALL_WATCH_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/kernel_answers.h"
#include "linux/abi.h"
#include "linux/answers.h"
#include "linux/signatures.h"
#include "linux/source_line.h"
#include "linux/symbols.h"

namespace khofuzz {

class CallWatch {
 public:
  // Of the tree in the object at `path`, loaded at `object`.
  CallWatch(std::string path, const AddressSpan& object)
      : path_(std::move(path)), object_(object) {}

  // As KernelAnswers says. Does nothing where the tree cannot be watched.
  void Begin(const kf_tree& tree, const Design& design, std::string_view put_right,
             std::optional<Pfn> page);
  // From now on the tree is this kernel of the chain, from 1.
  void set_kernel(uint64_t kernel) { kernel_ = kernel; }
  KernelAnswers::Seen End();

  // What is under way has been refused something on purpose: what it and what it calls answer from
  // here on is nobody's mistake.
  void NoteFault();
  // kf_host.enter and leave.
  void Enter(const void* function, const uint64_t* args, void* const* slot);
  void* Leave(void* const* slot, uint64_t* answer);

 private:
  struct Watched;
  // A function of the tree that has begun and has not returned.
  struct Call {
    void* const* slot;
    void* returns_to;
    const void* function;  // an address within it
    const Watched* watched;
    std::array<uint64_t, 6> args;
    bool refused = false;  // it, or what has called it, as NoteFault() says
  };
  // What is known of a function.
  struct Watched {
    std::string name;
    const QuestionKind* question = nullptr;
    std::optional<PageCall> pages;
  };
  struct Wrong {
    WrongAnswer answer;
    std::vector<const void*> trace;
  };
  // What a function is, by an address at its beginning.
  const Watched& WatchedAt(const void* function);
  std::optional<PageCall> PagesOf(std::string_view function) const;
  // Whether the call is for the page; nullopt: nobody knows what it is for.
  std::optional<bool> IsForPage(const Call& call) const;
  // That it is, of a call that has just begun.
  void NoteRequest();
  // What is known without a call.
  void NoteKnown(PageRequests& requests) const;
  void Note(const Call& call, uint64_t answer, uint64_t right);

  const std::string path_;
  const AddressSpan object_;
  const kf_tree* tree_ = nullptr;
  Design design_;
  FunctionSymbols symbols_;
  absl::flat_hash_map<const void*, std::unique_ptr<Watched>> watched_;
  std::string put_right_;
  std::optional<Pfn> page_;
  uint64_t kernel_ = 1;
  PageRequests requests_;
  bool on_ = false;
  bool looking_ = false;  // works out what is right: what that calls is not of interest
  std::vector<Call> calls_;
  std::vector<Wrong> wrong_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_CALL_WATCH_H_
