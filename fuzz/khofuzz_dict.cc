// Prints a target's dictionary, in libFuzzer's format.
#include <cstdio>

#include "scenario/reference.h"
#include "scenario/targets.h"

int main(int argc, char** argv) {
  const khofuzz::Target* target = argc == 2 ? khofuzz::FindTarget(argv[1]) : nullptr;
  if (target == nullptr) {
    std::fprintf(stderr, "usage: khofuzz_dict TARGET\n");
    return 2;
  }
  std::fputs(khofuzz::Dictionary(*target).c_str(), stdout);
  return 0;
}
