// What scripts ask of the catalogues: a target's dictionary in libFuzzer's format, what libFuzzer
// is told for every target, as its .options files or as its command line have it, or the quirks of
// the parts.
#include <cstdio>
#include <string>
#include <string_view>

#include "core/designs/design.h"
#include "scenario/language/reference.h"
#include "scenario/language/targets.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--quirks") {
    // Of the parts: whole boots are judged.
    for (const khofuzz::QuirkInfo& info : khofuzz::PartQuirks()) {
      std::puts(std::string(info.name).c_str());
    }
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--options") {
    for (const khofuzz::EngineOption& option : khofuzz::EngineOptions()) {
      std::printf("%s = %s\n", std::string(option.name).c_str(), std::string(option.value).c_str());
    }
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--arguments") {
    for (const std::string& argument : khofuzz::EngineArguments()) std::puts(argument.c_str());
    return 0;
  }
  const khofuzz::Target* target = argc == 2 ? khofuzz::FindTarget(argv[1]) : nullptr;
  if (target == nullptr) {
    std::fprintf(stderr, "usage: khofuzz_dict TARGET | --options | --arguments | --quirks\n");
    return 2;
  }
  std::fputs(khofuzz::Dictionary(*target).c_str(), stdout);
  return 0;
}
