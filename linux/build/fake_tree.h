// For tests: a Linux tree of one source, and a shim around it.
#ifndef KHOFUZZ_LINUX_BUILD_FAKE_TREE_H_
#define KHOFUZZ_LINUX_BUILD_FAKE_TREE_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "linux/build/tree_builder.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {

// The tree's answer() is 42: 40 from a real header, 2 from the prelude. Its other headers are
// errors to whoever reads them.
class FakeTree : public testing::Test {
 protected:
  FakeTree() {
    Write("tree/mm/memblock.c",
          "#include <linux/kernel.h>\n#include <linux/memblock.h>\n#include \"internal.h\"\n"
          "int answer(void) { return MEMBLOCK_ANSWER + PRELUDE_ANSWER; }\n"
          "const char *file(void) { return __FILE__; }\n");
    Write("tree/mm/internal.h", "#error internal.h is the tree's\n");
    Write("tree/include/linux/kernel.h", "#error kernel.h is the tree's\n");
    Write("tree/include/linux/memblock.h", "#define MEMBLOCK_ANSWER 40\n#include <linux/mm.h>\n");
    Write("linux/shim/sources.txt", "memblock mm/memblock.c mm/ kernel/ +memblock -debug\n");
    Write("linux/shim/functions.txt", "memblock answer() required\n");
    Write("linux/shim/refused.txt", "# none\n");
    Write("linux/shim/real_headers.txt",
          "include/linux/memblock.h MEMBLOCK_ANSWER  # as it is\n?mm/mm_init.h early\n"
          "include/linux/memblock*.h\n");
    Write("linux/shim/flags.txt",
          "-std=gnu11\n-include prelude.h\n-Werror=implicit-function-declaration\nlink "
          "-Wl,-z,defs\n# a comment\n");
    Write("linux/shim/prelude.h", "#define PRELUDE_ANSWER 2\n");
    Write("linux/shim/tree_memblock.c", "#include KF_SOURCE\n");
    // See the real one.
    Write("linux/shim/reach.c", "int __llvm_profile_runtime;\n");
  }

  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    ASSERT_TRUE(WriteText(folder_ / name, text).ok()) << name;
  }
  std::string Read(const std::string& name) {
    const auto text = ReadText(folder_ / name);
    return text.ok() ? *text : std::string(text.status().message());
  }

  std::filesystem::path tree() const { return folder_ / "tree"; }
  std::filesystem::path shim() const { return folder_ / "linux/shim"; }

  TempFolder folder_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_FAKE_TREE_H_
