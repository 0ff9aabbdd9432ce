// bake_tree TREE PROJECT FOLDER: compiles a Linux tree, measures its design, and writes
// FOLDER/baked_tree_of.cc, which makes both part of a fuzz target (baked_tree.h).
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/play/tree_design.h"
#include "linux/build/fingerprint.h"
#include "linux/build/tree_builder.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

void Tell(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::CEscape(text), "\"");
}

// The objects are taken in by the assembler. Their content is named, so that whoever compiles the
// text sees that it has changed.
absl::StatusOr<std::string> SourceOf(const std::string& name, const Design& design,
                                     const std::vector<std::string>& objects) {
  std::string blocks, declared, listed;
  for (size_t i = 0; i < objects.size(); ++i) {
    Fingerprint content;
    if (absl::Status read = content.AddFile(objects[i]); !read.ok()) return read;
    const std::string symbol = absl::StrCat("khofuzz_baked_object_", i);
    absl::StrAppend(&blocks, "// ", content.Hex(), "\nasm(R\"(\n.pushsection .rodata\n.globl ",
                    symbol, "_begin, ", symbol, "_end\n.balign 16\n", symbol, "_begin:\n.incbin ",
                    Quoted(objects[i]), "\n", symbol, "_end:\n.byte 0\n.popsection\n)\");\n");
    absl::StrAppend(&declared, "extern const unsigned char ", symbol, "_begin[], ", symbol,
                    "_end[];\n");
    absl::StrAppend(&listed, i == 0 ? "" : ", ", "{", symbol, "_begin, ", symbol, "_end}");
  }
  return absl::StrCat("#include \"fuzz/baked_tree.h\"\n\n", blocks, "\nextern \"C\" {\n", declared,
                      "}\n\nconst khofuzz::BakedTree khofuzz::kBakedTree = {", Quoted(name), ", ",
                      Quoted(design.Name()), ", {{", listed, "}}};\n");
}

absl::Status Bake(const fs::path& tree, const fs::path& project, const fs::path& folder) {
  const Toolchain toolchain = ConfiguredToolchain(project);
  const auto objects = BuildTreeForAllPages(
      {.tree = tree, .shim = ShimFolder(project), .folder = folder / "trees", .progress = Tell},
      {OwnTreeVariant(), OwnTreeVariant(/*for_fuzzing=*/true)}, toolchain);
  if (!objects.ok()) return objects.status();
  const auto measured =
      MeasureTree(objects->front(), {.corpus = project / "corpus", .progress = Tell});
  if (!measured.ok()) return measured.status();
  Tell(absl::StrCat("this tree is ", DesignText(*measured)));
  const auto text =
      SourceOf(WholePath(tree).filename().string(), measured->design, objects->back());
  if (!text.ok()) return text.status();
  const fs::path source = folder / "baked_tree_of.cc";
  const auto before = ReadText(source);
  if (before.ok() && *before == *text) return absl::OkStatus();
  return WriteFileAtomically(source, *text);
}

}  // namespace
}  // namespace khofuzz

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bake_tree TREE PROJECT FOLDER\n");
    return 2;
  }
  const absl::Status status = khofuzz::Bake(argv[1], argv[2], argv[3]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bake_tree: %s: %s\n", argv[1], std::string(status.message()).c_str());
  return 2;
}
