// What a report says of the tree it is about.
#ifndef KHOFUZZ_CLI_LINUX_TREE_FACTS_H_
#define KHOFUZZ_CLI_LINUX_TREE_FACTS_H_

#include <filesystem>
#include <string>

#include "linux/build/configuration.h"

namespace khofuzz {

struct TreeFacts {
  std::string path;
  std::string name;      // of its folder
  std::string release;   // "7.3.4", by its Makefile; empty if there is none
  std::string config{};  // it is compiled in; empty: the default
  std::string commit;    // "v7.3-12-gabcdef-dirty", if it is the top of a git checkout; else empty
  std::string taken_out{};  // the full id of the commit that was taken out of git into `path`
};
TreeFacts FactsOf(const std::filesystem::path& tree, const CompiledAs& compiled = {});

// The full id of the commit that is checked out in `tree`; empty if it is no git checkout's top.
std::string CommitIdOf(const std::filesystem::path& tree);
// As sha256sum prints it, in hex; empty if the file cannot be read.
std::string Sha256Of(const std::filesystem::path& file);

// "linux (7.3.4, v7.3-12-gabcdef, configuration: debug)"
std::string Title(const TreeFacts& facts);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_TREE_FACTS_H_
