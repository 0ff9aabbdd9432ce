// Taking from a process what code that nobody has read has no need of: running programs, the
// network, other processes, the kernel's own switches, and writing files. For good: nothing gives
// it back. Reading files stays allowed, and so does all of the processor's time.
#ifndef KHOFUZZ_SYSTEM_CONFINE_H_
#define KHOFUZZ_SYSTEM_CONFINE_H_

#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

struct Confinement {
  // Folders that it may write below; they must exist. Landlock sees to that, and elsewhere the
  // system call fails with EACCES. None: it may open no file for writing, anywhere.
  std::vector<std::string> writes{};
  // What is forbidden calls abort(), which libFuzzer has a handler for. Else it ends the process in
  // a way that LossOf() (system/contained.h) reads.
  bool aborts = false;
};

// Confines this process, which must have one thread, and all it will ever start. It says on
// standard error what was tried and refused. Returns what is not refused because this host cannot:
// "" if nothing; "no Landlock (Function not implemented)".
std::string Confine(const Confinement& confinement);

// Exit code of a process that did what is forbidden.
inline constexpr int kForbiddenExit = 73;
// What a process whose output this is was refused: "run a program (execve)"; "" if nothing.
std::string ForbiddenIn(std::string_view output);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_CONFINE_H_
