#include "system/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "system/contained.h"

#ifdef KHOFUZZ_HAS_SECCOMP
#include <sched.h>
#include <seccomp.h>
#endif

namespace khofuzz {
namespace {

constexpr std::string_view kTried = "khofuzz: the tree's code tried to ";
constexpr std::string_view kRefused = ": refused\n";

// ---- files: Landlock ----

// Those that a header of Debian 12 does not have yet.
constexpr uint64_t kTruncate = 1ULL << 14;     // ABI 3
constexpr uint64_t kIoctlDevice = 1ULL << 15;  // ABI 5
constexpr uint64_t kBindTcp = 1ULL << 0;       // ABI 4
constexpr uint64_t kConnectTcp = 1ULL << 1;
constexpr uint64_t kScopeSockets = 1ULL << 0;  // ABI 6
constexpr uint64_t kScopeSignals = 1ULL << 1;

// struct landlock_ruleset_attr as ABI 6 has it; older kernels take the beginning.
struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t network = 0;
  uint64_t scoped = 0;
};

RulesetAttributes AllThatAbiRefuses(int abi) {
  RulesetAttributes all{.files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                 LANDLOCK_ACCESS_FS_MAKE_SYM};
  if (abi >= 2) all.files |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) all.files |= kTruncate;
  if (abi >= 4) all.network = kBindTcp | kConnectTcp;
  if (abi >= 5) all.files |= kIoctlDevice;
  if (abi >= 6) all.scoped = kScopeSockets | kScopeSignals;
  return all;
}

size_t SizeForAbi(int abi) { return abi >= 6 ? 24 : abi >= 4 ? 16 : 8; }

std::string ConfineFiles(const std::vector<std::string>& writes) {
  const auto lacking = [] { return absl::StrCat("no Landlock (", std::strerror(errno), ")"); };
  const auto abi = static_cast<int>(
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  if (abi < 1) return lacking();
  const RulesetAttributes all = AllThatAbiRefuses(abi);
  const auto rules =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &all, SizeForAbi(abi), 0));
  if (rules < 0) return lacking();
  const uint64_t allowed =
      all.files & (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | kTruncate);
  bool done = true;
  for (const std::string& folder : writes) {
    landlock_path_beneath_attr below{};
    below.allowed_access = allowed;
    below.parent_fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (below.parent_fd < 0) continue;  // what is not there is not written to
    done &= syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0;
    close(below.parent_fd);
  }
  done = done && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  const std::string why = done ? "" : lacking();
  close(rules);
  return why;
}

// ---- system calls: seccomp ----

#ifdef KHOFUZZ_HAS_SECCOMP

struct Family {
  std::string_view what;  // that somebody tries who calls them
  std::vector<const char*> calls;
};

const std::vector<Family>& AlwaysRefused() {
  static const auto* const families = new std::vector<Family>{
      {"run a program", {"execve", "execveat", "vfork"}},
      {"start a process", {"fork"}},
      {"open a socket",
       {"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "socketcall"}},
      {"reach another process",
       {"ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "process_madvise",
        "process_mrelease",
        "pidfd_open",
        "pidfd_getfd",
        "pidfd_send_signal",
        "kcmp",
        "tkill",
        "setpgid",
        "setsid",
        "setpriority",
        "sched_setaffinity",
        "migrate_pages",
        "move_pages",
        "shmget",
        "shmat",
        "shmctl",
        "msgget",
        "semget",
        "mq_open",
        "mq_unlink",
        "ipc"}},
      {"use the kernel's keys", {"keyctl", "add_key", "request_key"}},
      {"load code into the kernel",
       {"bpf", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load"}},
      {"change mounts",
       {"mount", "umount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
        "fspick", "mount_setattr", "pivot_root", "chroot", "swapon", "swapoff", "quotactl",
        "quotactl_fd"}},
      {"change its rights",
       {"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid",
        "setfsgid", "setgroups", "capset", "unshare", "setns", "personality", "modify_ldt", "iopl",
        "ioperm"}},
      {"go around the filter of system calls",
       {"io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "open_by_handle_at",
        "fanotify_init"}},
      {"change the machine",
       {"reboot", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
        "setdomainname", "acct", "syslog", "vhangup", "perf_event_open"}},
      // Landlock leaves these out.
      {"change a file",
       {"chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "truncate", "utime",
        "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "removexattr", "lremovexattr",
        "setxattrat", "removexattrat", "file_setattr"}},
  };
  return *families;
}

const Family& RefusedWhereNothingIsWritten() {
  static const auto* const family = new Family{
      "change a file",
      {"creat", "truncate", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link",
       "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat"}};
  return *family;
}

// Calls that libseccomp may be too old to know; every architecture has them under one number.
int NumberOf(const char* call) {
  const int known = seccomp_syscall_resolve_name(call);
  if (known != __NR_SCMP_ERROR) return known;
  constexpr std::array<std::pair<std::string_view, int>, 4> kNew = {
      {{"fchmodat2", 452}, {"setxattrat", 463}, {"removexattrat", 466}, {"file_setattr", 469}}};
  for (const auto& [name, number] : kNew) {
    if (name == call) return number;
  }
  return known;
}

// For the handler, which may allocate nothing.
struct Told {
  int number = 0;
  const char* call = nullptr;
  std::string_view what;
};
std::array<Told, 256> told;
size_t told_count = 0;
bool tells_by_abort = false;

void Say(std::string_view text) { (void)!write(STDERR_FILENO, text.data(), text.size()); }

void TellForbidden(int, siginfo_t* info, void*) {
  Say("\n");
  Say(kTried);
  bool named = false;
  for (size_t i = 0; i < told_count && !named; ++i) {
    if (told[i].number != info->si_syscall) continue;
    Say(told[i].what);
    Say(" (");
    Say(told[i].call);
    Say(")");
    named = true;
  }
  if (!named) Say("make a system call that it may not");
  Say(kRefused);
  // What is told is the instruction behind the call, which may be of another line, or of none.
  TellPlace(reinterpret_cast<uint64_t>(info->si_call_addr) - 1);
  if (tells_by_abort) abort();
  _exit(kForbiddenExit);
}

class Filter {
 public:
  Filter() : filter_(seccomp_init(SCMP_ACT_ALLOW)) {}
  ~Filter() {
    if (filter_ != nullptr) seccomp_release(filter_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void Refuse(const Family& family) {
    for (const char* const call : family.calls) Refuse(family.what, call, {});
  }
  // Where all of `when` holds of its arguments.
  void Refuse(std::string_view what, const char* call, const std::vector<scmp_arg_cmp>& when,
              uint32_t action = SCMP_ACT_TRAP) {
    const int number = NumberOf(call);
    if (number == __NR_SCMP_ERROR || filter_ == nullptr) return;
    // What this architecture does not have needs no rule, and has none.
    const int error = seccomp_rule_add_array(filter_, action, number,
                                             static_cast<unsigned>(when.size()), when.data());
    if (error != 0 && error != -EDOM && error != -EEXIST && error_ == 0) error_ = error;
    if (told_count < told.size()) told[told_count++] = {number, call, what};
  }
  // 0 or an error number.
  int Load() {
    if (filter_ == nullptr) return ENOMEM;
    if (error_ == 0) error_ = seccomp_load(filter_);
    return -error_;
  }

 private:
  scmp_filter_ctx filter_;
  int error_ = 0;
};

void RefuseProcesses(Filter& filter) {
  const auto self = static_cast<scmp_datum_t>(getpid());
  for (const char* const call : {"kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}) {
    filter.Refuse("send a signal to another process", call, {SCMP_CMP(0, SCMP_CMP_NE, self, 0)});
  }
  filter.Refuse("reach another process", "prlimit64", {SCMP_CMP(0, SCMP_CMP_NE, 0, 0)});
  filter.Refuse("type on a terminal", "ioctl",
                {SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI)});
  filter.Refuse("type on a terminal", "ioctl",
                {SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCLINUX)});
  // Threads may be started. What clone3() is to start cannot be seen: glibc then takes clone().
  filter.Refuse("", "clone3", {}, SCMP_ACT_ERRNO(ENOSYS));
  filter.Refuse("start a process", "clone",
                {SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_VFORK | CLONE_THREAD, CLONE_VFORK)});
#ifdef KHOFUZZ_SANITIZED
  // A sanitizer that tells of a crash tries to start its symbolizer, and can do without.
  const uint32_t fork = SCMP_ACT_ERRNO(EPERM);
#else
  const uint32_t fork = SCMP_ACT_TRAP;
#endif
  filter.Refuse("start a process", "clone",
                {SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_VFORK | CLONE_THREAD, 0)}, fork);
}

void RefuseWriting(Filter& filter) {
  const auto refuse = [&](const char* call, unsigned flags, scmp_datum_t mask, scmp_datum_t is) {
    filter.Refuse("write a file", call, {SCMP_CMP(flags, SCMP_CMP_MASKED_EQ, mask, is)});
  };
  for (const auto& [call, flags] : {std::pair("open", 1U), std::pair("openat", 2U)}) {
    refuse(call, flags, O_ACCMODE, O_WRONLY);
    refuse(call, flags, O_ACCMODE, O_RDWR);
    refuse(call, flags, O_CREAT, O_CREAT);
    refuse(call, flags, O_TRUNC, O_TRUNC);
  }
  filter.Refuse("", "openat2", {}, SCMP_ACT_ERRNO(ENOSYS));
  filter.Refuse(RefusedWhereNothingIsWritten());
}

std::string ConfineCalls(const Confinement& confinement) {
  tells_by_abort = confinement.aborts;
  told_count = 0;
  struct sigaction forbidden = {};
  forbidden.sa_sigaction = TellForbidden;
  forbidden.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSYS, &forbidden, nullptr);
  Filter filter;
  for (const Family& family : AlwaysRefused()) filter.Refuse(family);
  RefuseProcesses(filter);
  if (confinement.writes.empty()) RefuseWriting(filter);
  const int error = filter.Load();
  return error == 0 ? "" : absl::StrCat("no seccomp (", std::strerror(error), ")");
}

#else

std::string ConfineCalls(const Confinement&) { return "no seccomp (built without libseccomp)"; }

#endif

}  // namespace

std::string Confine(const Confinement& confinement) {
  // Both want it; and no program that is run would have more rights than this one.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const std::string files = ConfineFiles(confinement.writes);
  const std::string calls = ConfineCalls(confinement);
  return absl::StrCat(files, files.empty() || calls.empty() ? "" : ", ", calls);
}

std::string ForbiddenIn(std::string_view output) {
  const size_t at = output.rfind(kTried);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = output.substr(at + kTried.size());
  return std::string(rest.substr(0, rest.find(kRefused)));
}

}  // namespace khofuzz
