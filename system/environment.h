// What programs that are started from now on find in their environment.
#ifndef KHOFUZZ_SYSTEM_ENVIRONMENT_H_
#define KHOFUZZ_SYSTEM_ENVIRONMENT_H_

#include <cstdlib>
#include <string>
#include <string_view>

namespace khofuzz {

// Adds to the variable `name`, a list with ':' between, the option as its last, unless it is;
// whether it had to.
inline bool AddOption(const char* name, std::string_view option) {
  const char* const old = std::getenv(name);
  std::string options = old == nullptr ? "" : old;
  if (options.ends_with(option)) return false;
  if (!options.empty()) options += ':';
  setenv(name, options.append(option).c_str(), 1);
  return true;
}

// Their sanitizers run no symbolizer: they may run no program. False if that was so already.
inline bool SetNoSymbolizer() {
  const bool added = AddOption("ASAN_OPTIONS", "symbolize=0");
  // libFuzzer brings UBSan's runtime along, whose options these are where there is no other.
  return AddOption("UBSAN_OPTIONS", "symbolize=0") || added;
}

// Their malloc() asks the system for huge pages, which programs that begin by clearing 24 MiB, as
// libFuzzer does, get 6,000 page faults sooner. Without effect where there are none, or where the
// user has said otherwise.
inline void SetHugePages() {
  constexpr const char* kTunables = "GLIBC_TUNABLES";
  constexpr std::string_view kHugePages = "glibc.malloc.hugetlb=";
  const char* const old = std::getenv(kTunables);
  if (old != nullptr && std::string_view(old).find(kHugePages) != std::string_view::npos) return;
  AddOption(kTunables, std::string(kHugePages) + "1");
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_ENVIRONMENT_H_
