#include "linux/build/tree_builder.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "linux/build/diagnostics.h"
#include "linux/build/fingerprint.h"
#include "linux/build/folder_lock.h"
#include "linux/build/prune.h"
#include "linux/build/run_commands.h"
#include "linux/build/tree_reading.h"
#include "linux/build/unknown_names.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr size_t kErrorLines = 20;
// Of the shim: sources that call KHO, and that no part of it calls; and what functions.txt has them
// called.
constexpr std::string_view kClientUnit = "client";
constexpr std::string_view kClientsPlayed = "the tree's own tests";
// Beside an object: what was said of clients that did not compile; not there if all did.
constexpr const char* kClientErrors = "client_errors.txt";

void Append(Words& to, const Words& more) { to.insert(to.end(), more.begin(), more.end()); }

// With no '/' at its end, which would leave it without a name.
fs::path AsGiven(const fs::path& tree) {
  const fs::path normal = tree.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

// Of all a file name can be, what needs no quoting anywhere.
std::string PlainName(std::string name) {
  for (char& c : name) {
    if (!isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_') c = '_';
  }
  return name;
}

// All that is decided before anything is written.
struct Plan {
  fs::path tree;  // the real one
  fs::path folder;
  unsigned page_shift;
  fs::path prelude;  // the user's; or empty
  fs::path compiler;
  VariantFlags variant;
  const TreeReading& reading;
  Layout layout;  // of the reading, but for what does not compile
  std::vector<Command> compile;
  std::vector<std::string> compiled{};  // what each of these compiles
  std::vector<bool> clients{};          // whether that is a client, which no kernel needs
  Command link;
  std::string fingerprint;

  // Where things are made. Whoever holds the folder's lock has it to himself.
  fs::path Part() const { return folder / "part"; }
  fs::path World() const { return Part() / "world"; }
  fs::path Object() const { return folder / "tree.so"; }
  fs::path Stamp() const { return folder / "fingerprint"; }
  fs::path ClientErrors() const { return folder / kClientErrors; }

  bool UpToDate() const {
    std::error_code error;
    const auto stamp = ReadText(Stamp());
    return stamp.ok() && *stamp == fingerprint && fs::exists(Object(), error);
  }
};

// What every unit is compiled with, from the world's place to what the tree has.
Words CompileFlags(const Plan& plan, const Toolchain& toolchain) {
  Words flags = plan.reading.shim.compile_flags;
  Append(flags, toolchain.compile_flags);
  const std::string world = plan.World().string();
  const std::string root = toolchain.root.string();
  Append(flags, {"-fPIC", "-iquote", plan.reading.shim.folder.string(), "-iquote", world, "-iquote",
                 root, "-I", world + "/include",
                 // The kernel's names for its files, and for debuggers the tree itself.
                 "-fmacro-prefix-map=" + world + "/=",
                 "-fdebug-prefix-map=" + world + "=" + plan.tree.string(),
                 toolchain.clang() ? "-ferror-limit=20" : "-fmax-errors=20"});
  if (toolchain.clang())
    flags.push_back("-fcoverage-prefix-map=" + world + "=" + plan.tree.string());
  for (const std::string& name : plan.layout.has) flags.push_back("-DKF_HAS_" + name);
  for (const auto& [word, header] : plan.layout.declares) {
    flags.push_back(absl::StrCat("-DKF_DECLARES_", word, "=\"", header, "\""));
  }
  flags.push_back(absl::StrCat("-DKF_PAGE_SHIFT=", plan.page_shift));
  flags.push_back(absl::StrCat("-DKF_LACKS=\"", plan.layout.Lacks(), "\""));
  flags.push_back(absl::StrCat("-DKF_SIGNATURES=\"", plan.layout.signatures, "\""));
  Append(flags, FlagsOf(plan.reading.config));
  if (!plan.prelude.empty()) Append(flags, {"-include", plan.prelude.string()});
  return flags;
}

// What of the shim is not around one of the tree's sources is many files that each take longer to
// read the headers than to compile: they are compiled as one.
constexpr std::string_view kOwnUnit = "shim.c";
bool IsOfOwnUnit(const std::string& file) { return !file.starts_with("tree_"); }

std::string OwnUnitText(const Shim& shim) {
  std::string text;
  for (const std::string& file : shim.units) {
    if (IsOfOwnUnit(file)) absl::StrAppend(&text, "#include \"", file, "\"\n");
  }
  return text;
}

// How a unit of the shim is compiled: as it is, or once for each of the tree's sources that it is
// for.
struct Unit {
  std::string file;                        // of the shim, or kOwnUnit
  const Layout::Source* source = nullptr;  // of the tree
};
std::vector<Unit> UnitsOf(const Plan& plan) {
  std::vector<Unit> units = {{std::string(kOwnUnit)}};
  for (const std::string& file : plan.reading.shim.units) {
    if (IsOfOwnUnit(file)) continue;
    const bool searched = std::ranges::any_of(
        plan.reading.shim.searched,
        [&](const SearchedUnit& one) { return file == absl::StrCat("tree_", one.name, ".c"); });
    if (!searched) units.push_back({file});
    for (const Layout::Source& source : plan.layout.sources) {
      if (file == absl::StrCat("tree_", source.unit, ".c")) units.push_back({file, &source});
    }
  }
  return units;
}

bool IsClient(const Layout::Source* source) {
  return source != nullptr && source->unit == kClientUnit;
}

void PlanCommands(Plan& plan, const Toolchain& toolchain) {
  const Words flags = CompileFlags(plan, toolchain);
  const fs::path part = plan.Part();
  const std::string object = (part / "tree.so").string();
  plan.link = {{plan.compiler.string(), "-shared", "-fPIC", "-o", object},
               plan.reading.shim.folder,
               part / "link.txt"};
  for (const Unit& unit : UnitsOf(plan)) {
    // state.lds knows ours by ".c.o".
    const std::string name = unit.source == nullptr
                                 ? unit.file
                                 : PlainName(absl::StrCat(unit.source->path, "_", unit.file));
    const std::string made = (part / (name + ".o")).string();
    Command compile = {{plan.compiler.string()}, plan.reading.shim.folder, part / (name + ".txt")};
    // The shim takes exceptions from what a variant asks for.
    Append(compile.argv, plan.variant.all);
    if (unit.file.starts_with("tree_")) Append(compile.argv, plan.variant.sources);
    Append(compile.argv, flags);
    if (unit.source != nullptr) {
      compile.argv.push_back(absl::StrCat("-DKF_SOURCE=\"", unit.source->path, "\""));
      for (const std::string& function : unit.source->defines) {
        compile.argv.push_back("-DKF_DEFINES_" + function);
      }
    }
    const fs::path& in = unit.file == kOwnUnit ? part : plan.reading.shim.folder;
    Append(compile.argv, {"-c", (in / unit.file).string(), "-o", made});
    plan.compile.push_back(std::move(compile));
    plan.compiled.push_back(unit.source == nullptr ? unit.file : unit.source->path);
    plan.clients.push_back(IsClient(unit.source));
    plan.link.argv.push_back(made);
  }
  Append(plan.link.argv, plan.variant.all);
  Append(plan.link.argv, plan.variant.link);
  Append(plan.link.argv, plan.reading.shim.link_flags);
  Append(plan.link.argv, toolchain.link_flags);
  // The sanitizers' and libFuzzer's functions are those of the program that loads the tree.
  if (plan.variant.instrumented) plan.link.argv.push_back("-Wl,-z,undefs");
}

absl::StatusOr<std::string> FingerprintOf(const Plan& plan) {
  Fingerprint fingerprint;
  fingerprint.Add(plan.reading.content);
  if (!plan.prelude.empty()) {
    const absl::Status status = fingerprint.AddFile(plan.prelude);
    if (!status.ok()) return status;
  }
  std::vector<const Command*> commands = {&plan.link};
  for (const Command& command : plan.compile) commands.push_back(&command);
  for (const Command* const command : commands) {
    for (const std::string& word : command->argv) fingerprint.Add(word);
  }
  // The compiler, and libraries that are files.
  for (const std::string& word : plan.link.argv) fingerprint.AddIdentity(word);
  return fingerprint.Hex();
}

absl::StatusOr<TreeReading> Read(const TreeBuild& build) {
  const fs::path tree = AsGiven(build.tree);
  if (absl::Status folder = CheckFolder(tree); !folder.ok()) return folder;
  std::error_code error;
  return ReadTree(tree, fs::absolute(build.shim, error), build.compiled.config);
}

absl::StatusOr<Plan> MakePlan(const TreeBuild& build, const Toolchain& toolchain,
                              const TreeReading& reading) {
  const auto compiler = CompilerPath(toolchain);
  if (!compiler.ok()) return compiler.status();
  const auto variant = FlagsOf(build.variant, toolchain);
  if (!variant.ok()) return variant.status();

  std::error_code error;
  Plan plan{.tree = fs::canonical(AsGiven(build.tree), error),
            .folder = FolderOf(build),
            .page_shift = build.page_shift,
            .prelude = build.compiled.prelude.empty() ? fs::path()
                                                      : fs::absolute(build.compiled.prelude, error),
            .compiler = *compiler,
            .variant = *variant,
            .reading = reading,
            .layout = reading.layout,
            .compile = {},
            .link = {},
            .fingerprint = {}};
  PlanCommands(plan, toolchain);
  auto fingerprint = FingerprintOf(plan);
  if (!fingerprint.ok()) return fingerprint.status();
  plan.fingerprint = *std::move(fingerprint);
  return plan;
}

absl::Status NotBuilt(const std::string& what, const std::string& output, const Plan& plan,
                      const TreeBuild& build, const Toolchain& toolchain) {
  std::vector<Renamed> renamed = {{plan.World().string() + "/", AsGiven(build.tree).string() + "/"},
                                  {plan.Part().string() + "/", ""}};
  if (!toolchain.root.empty()) renamed.push_back({toolchain.root.string() + "/", ""});
  const fs::path all = plan.folder / "errors.txt";
  const bool written =
      WriteText(all, absl::StrReplaceAll(output,
                                         {{plan.World().string() + "/", plan.tree.string() + "/"}}))
          .ok();
  const std::string about = AboutUnknownNames(
      plan.tree, absl::StrReplaceAll(
                     output, {{plan.World().string() + "/", ""}, {plan.tree.string() + "/", ""}}));
  return absl::FailedPreconditionError(
      absl::StrCat("the tree does not ", what, " in the harness:", about.empty() ? "\n" : " ",
                   about, FirstErrors(output, renamed, kErrorLines),
                   written ? "\nall that was said: " + all.string() : ""));
}

// The same without its clients, and what is not played for that.
Plan WithoutClients(Plan plan, const Toolchain& toolchain) {
  for (const Layout::Source& source : plan.layout.sources) {
    if (!IsClient(&source)) continue;
    for (const std::string& function : source.defines) plan.layout.has.erase(function);
    plan.layout.not_played[std::string(kClientsPlayed)].push_back(
        absl::StrCat(source.path, " that compiles here"));
  }
  std::erase_if(plan.layout.sources,
                [](const Layout::Source& source) { return IsClient(&source); });
  plan.compile.clear();
  plan.compiled.clear();
  plan.clients.clear();
  PlanCommands(plan, toolchain);
  return plan;
}

// Compiles and links, in a world that is there.
absl::Status Make(const Plan& plan, const TreeBuild& build, const Toolchain& toolchain) {
  const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
  const auto compiled = RunCommands(plan.compile, build.jobs == 0 ? cpus : build.jobs);
  if (!compiled.ok()) return compiled.status();
  std::string output;
  bool only_clients = true;
  for (size_t i = 0; i < compiled->size(); ++i) {
    const CommandEnd& end = (*compiled)[i];
    if (end.ok) continue;
    only_clients &= plan.clients[i];
    absl::StrAppend(&output, end.output, plan.compiled[i], ": ", end.trouble, "\n");
  }
  // A kernel is played without what only calls it.
  if (!output.empty() && only_clients) {
    const std::string left_out =
        absl::StrReplaceAll(output, {{plan.World().string() + "/", plan.tree.string() + "/"}});
    if (absl::Status written = WriteText(plan.ClientErrors(), left_out); !written.ok()) {
      return written;
    }
    return Make(WithoutClients(plan, toolchain), build, toolchain);
  }
  if (!output.empty()) return NotBuilt("compile", output, plan, build, toolchain);
  const auto linked = RunCommands({plan.link}, 1);
  if (!linked.ok()) return linked.status();
  const CommandEnd& end = linked->front();
  if (!end.ok) return NotBuilt("link", end.output + end.trouble + "\n", plan, build, toolchain);
  return absl::OkStatus();
}

// Puts what was made in its place. The stamp goes first and comes last: it never belies tree.so.
absl::Status Install(const Plan& plan) {
  std::error_code error;
  fs::remove(plan.folder / "errors.txt", error);
  fs::remove(plan.Stamp(), error);
  if (!error) fs::rename(plan.Part() / "tree.so", plan.Object(), error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat(plan.Object().string(), ": cannot be put in place: ", error.message()));
  }
  const fs::path stamp = plan.Part() / "fingerprint";
  if (absl::Status written = WriteText(stamp, plan.fingerprint); !written.ok()) return written;
  fs::rename(stamp, plan.Stamp(), error);
  return absl::OkStatus();
}

absl::StatusOr<fs::path> BuildAsRead(const TreeBuild& build, const Toolchain& toolchain,
                                     const TreeReading& reading) {
  const auto say = [&](const std::string& what) {
    if (build.progress) build.progress(what);
  };
  const auto plan = MakePlan(build, toolchain, reading);
  if (!plan.ok()) return plan.status();
  MarkUsed(plan->folder);
  const std::string name = AsGiven(build.tree).string();
  if (plan->UpToDate()) return plan->Object();
  const auto lock = FolderLock::Take(
      plan->folder, [&] { say(absl::StrCat("waiting for another build of ", name)); });
  if (!lock.ok()) return lock.status();
  MarkUsed(plan->folder);
  if (plan->UpToDate()) return plan->Object();

  say(absl::StrCat("building ", name, " (", std::string(Name(build.variant)), ", ",
                   plan->reading.config.what.empty()
                       ? ""
                       : absl::StrCat(std::string(plan->reading.config.what), ", "),
                   PageSizeName(build.page_shift), " pages)"));
  std::error_code error;
  fs::remove_all(plan->Part(), error);  // of a build that was interrupted
  fs::remove(plan->ClientErrors(), error);
  absl::Status status = WriteWorld(plan->reading.world, plan->World());
  if (status.ok()) status = WriteText(plan->Part() / kOwnUnit, OwnUnitText(plan->reading.shim));
  if (status.ok()) status = Make(*plan, build, toolchain);
  if (status.ok()) status = Install(*plan);
  fs::remove_all(plan->Part(), error);
  PruneTrees(plan->folder.parent_path());
  if (!status.ok()) return status;
  return plan->Object();
}

// Says what of the tree is not played on these objects of it.
void TellNotPlayed(const TreeBuild& build, const TreeReading& reading,
                   const std::vector<fs::path>& objects) {
  if (!build.progress) return;
  const std::string name = AsGiven(build.tree).string();
  const std::string lacks = reading.layout.NotPlayed();
  if (!lacks.empty()) build.progress(absl::StrCat(name, ": ", lacks));
  for (const fs::path& object : objects) {
    const fs::path errors = object.parent_path() / kClientErrors;
    std::error_code none;
    if (!fs::exists(errors, none)) continue;
    // Of all of them the same.
    return build.progress(
        absl::StrCat(name, ": ", std::string(kClientsPlayed),
                     " are not played: they do not compile here: ", errors.string()));
  }
}

}  // namespace

fs::path ShimFolder(const fs::path& root) { return root / "linux" / "shim"; }
fs::path TreesFolder(const fs::path& bin_dir) { return bin_dir / "linux" / "trees"; }

fs::path FolderOf(const TreeBuild& build) {
  std::error_code error;
  const fs::path folder = fs::absolute(build.folder, error);
  const fs::path real = fs::weakly_canonical(AsGiven(build.tree), error);
  Fingerprint place;
  place.Add(real.string());
  if (!build.compiled.prelude.empty()) {
    place.Add(fs::weakly_canonical(build.compiled.prelude, error).string());
  }
  const std::string config = NameUnlessDefault(build.compiled.config);
  return folder / absl::StrCat(PlainName(real.filename().string()), "-", place.Hex().substr(0, 8),
                               "-", std::string(Name(build.variant)), config.empty() ? "" : "-",
                               config,
                               build.page_shift == TreeBuild().page_shift
                                   ? ""
                                   : absl::StrCat("-", PageSizeName(build.page_shift)));
}

std::string PageSizeName(unsigned page_shift) {
  return absl::StrCat((uint64_t{1} << page_shift) >> 10, "K");
}

std::optional<unsigned> FindTreePageShift(std::string_view page_size_name) {
  for (const unsigned page_shift : kTreePageShifts) {
    if (PageSizeName(page_shift) == page_size_name) return page_shift;
  }
  return std::nullopt;
}

absl::StatusOr<fs::path> BuildTree(const TreeBuild& build, const Toolchain& toolchain) {
  const auto reading = Read(build);
  if (!reading.ok()) return reading.status();
  auto object = BuildAsRead(build, toolchain, *reading);
  if (object.ok()) TellNotPlayed(build, *reading, {*object});
  return object;
}

absl::StatusOr<std::vector<std::vector<std::string>>> BuildTreeForAllPages(
    TreeBuild build, const std::vector<TreeVariant>& variants, const Toolchain& toolchain) {
  const auto reading = Read(build);
  if (!reading.ok()) return reading.status();
  std::vector<fs::path> all;
  std::vector<std::vector<std::string>> objects;
  for (const TreeVariant variant : variants) {
    build.variant = variant;
    objects.emplace_back();
    for (const unsigned page_shift : kTreePageShifts) {
      build.page_shift = page_shift;
      const auto object = BuildAsRead(build, toolchain, *reading);
      if (!object.ok()) return object.status();
      all.push_back(*object);
      objects.back().push_back(object->string());
    }
  }
  TellNotPlayed(build, *reading, all);
  return objects;
}

absl::StatusOr<std::vector<std::string>> BuildTreeForAllPages(const TreeBuild& build,
                                                              const Toolchain& toolchain) {
  auto objects = BuildTreeForAllPages(build, {build.variant}, toolchain);
  if (!objects.ok()) return objects.status();
  return std::move(objects->front());
}

}  // namespace khofuzz
