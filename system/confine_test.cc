#include "system/confine.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/landlock.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "system/contained.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using ::testing::StartsWith;

// What comes of `work` in a process that is confined.
Contained Confined(const std::function<std::string()>& work, const Confinement& confinement = {}) {
  const auto done = RunContained(
      [&] {
        const std::string lacking = Confine(confinement);
        return lacking.empty() ? work() : absl::StrCat("lacking: ", lacking);
      },
      {.seconds = 30});
  EXPECT_TRUE(done.ok());
  return *done;
}

// What `work` was refused; "" if it was not.
std::string RefusedTo(const std::function<void()>& work, const Confinement& confinement = {}) {
  const Contained done = Confined(
      [&] {
        work();
        return std::string("done");
      },
      confinement);
  if (done.loss.ok()) {
    EXPECT_EQ(done.result, "done");
    return "";
  }
  EXPECT_EQ(done.loss.kind, ProcessLoss::Kind::kForbidden) << Describe(done.loss);
  return done.loss.forbidden;
}

// Like code that does not go through the C library.
long RawCall(long number, long a = 0, long b = 0, long c = 0) {
#if defined(__x86_64__)
  long result = 0;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c)
               : "rcx", "r11", "memory");
  return result;
#else
  return syscall(number, a, b, c);
#endif
}

class ConfineTest : public testing::Test {
 protected:
  TempFolder folder_;
};

TEST_F(ConfineTest, RunsNoProgram) {
  EXPECT_THAT(RefusedTo([] { (void)!std::system("true"); }), testing::HasSubstr("system()"));
  static char program[] = "/bin/true";
  static char* arguments[] = {program, nullptr};
  EXPECT_EQ(RefusedTo([] { execv(program, arguments); }), "run a program (execve)");
  EXPECT_EQ(RefusedTo([] {
              RawCall(SYS_execve, reinterpret_cast<long>(program),
                      reinterpret_cast<long>(arguments));
            }),
            "run a program (execve)");
  EXPECT_THAT(RefusedTo([] {
                const int file = memfd_create("program", 0);
                fexecve(file, arguments, environ);
              }),
              StartsWith("run a program (exec"));
}

TEST_F(ConfineTest, StartsNoProcessButThreads) {
#ifndef KHOFUZZ_SANITIZED
  EXPECT_EQ(RefusedTo([] {
              if (fork() == 0) _exit(0);
            }),
            "start a process (clone)");
#endif
  EXPECT_EQ(RefusedTo([] { std::thread([] {}).join(); }), "");
}

TEST_F(ConfineTest, HasNoNetwork) {
  EXPECT_EQ(RefusedTo([] { (void)socket(AF_INET, SOCK_STREAM, 0); }), "open a socket (socket)");
  EXPECT_EQ(RefusedTo([] { (void)RawCall(SYS_socket, AF_UNIX, SOCK_DGRAM); }),
            "open a socket (socket)");
  EXPECT_EQ(RefusedTo([] { (void)syscall(SYS_io_uring_setup, 1, nullptr); }),
            "go around the filter of system calls (io_uring_setup)");
}

TEST_F(ConfineTest, LeavesOtherProcessesAlone) {
  const pid_t parent = getpid();
  EXPECT_EQ(RefusedTo([&] { kill(parent, 0); }), "send a signal to another process (kill)");
  EXPECT_EQ(RefusedTo([&] { kill(-1, 0); }), "send a signal to another process (kill)");
  EXPECT_EQ(RefusedTo([&] { (void)ptrace(PTRACE_ATTACH, parent, nullptr, nullptr); }),
            "reach another process (ptrace)");
  EXPECT_EQ(RefusedTo([&] { (void)setsid(); }), "reach another process (setsid)");
  EXPECT_EQ(RefusedTo([] { kill(getpid(), 0); }), "");
}

TEST_F(ConfineTest, LeavesTheKernelAlone) {
  EXPECT_EQ(RefusedTo([] { (void)syscall(SYS_keyctl, 0, 0); }), "use the kernel's keys (keyctl)");
  EXPECT_EQ(RefusedTo([] { (void)syscall(SYS_bpf, 0, nullptr, 0); }),
            "load code into the kernel (bpf)");
  EXPECT_EQ(RefusedTo([] { (void)syscall(SYS_finit_module, -1, "", 0); }),
            "load code into the kernel (finit_module)");
  EXPECT_EQ(RefusedTo([] { (void)syscall(SYS_mount, "", "", "", 0, nullptr); }),
            "change mounts (mount)");
  EXPECT_EQ(RefusedTo([] { (void)unshare(CLONE_NEWUSER); }), "change its rights (unshare)");
  EXPECT_EQ(RefusedTo([] { ioctl(STDIN_FILENO, TIOCSTI, "x"); }), "type on a terminal (ioctl)");
}

TEST_F(ConfineTest, WritesNowhereUnlessItHasFolders) {
  const std::string file = (folder_ / "file").string();
  EXPECT_EQ(RefusedTo([&] { (void)open(file.c_str(), O_WRONLY | O_CREAT, 0666); }),
            "write a file (openat)");
  EXPECT_EQ(RefusedTo([&] {
              (void)RawCall(SYS_openat, AT_FDCWD, reinterpret_cast<long>("/dev/null"), O_RDWR);
            }),
            "write a file (openat)");
  EXPECT_THAT(RefusedTo([&] { (void)mkdir(file.c_str(), 0777); }), StartsWith("change a file ("));
  EXPECT_THAT(RefusedTo([&] { (void)chmod((folder_ / "").c_str(), 0); }),
              StartsWith("change a file ("));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(ConfineTest, WritesInItsFoldersOnly) {
  const auto inside = folder_ / "inside";
  std::filesystem::create_directory(inside);
  const std::filesystem::path outside = folder_ / "outside";
  const auto write = [](const std::filesystem::path& path) {
    std::ofstream file(path);
    file << "text";
    file.flush();
    return file.good();
  };
  const Contained done = Confined(
      [&] {
        std::string seen = absl::StrCat(write(inside / "a"), write(outside));
        std::error_code error;
        std::filesystem::rename(inside / "a", inside / "b", error);
        absl::StrAppend(&seen, error.value());
        std::filesystem::rename(inside / "b", outside, error);
        absl::StrAppend(&seen, " ", error.value() != 0);
        return seen;
      },
      {.writes = {inside.string()}});
  EXPECT_EQ(done.result, "100 1") << Describe(done.loss) << done.loss.output;
  EXPECT_TRUE(std::filesystem::exists(inside / "b"));
  EXPECT_FALSE(std::filesystem::exists(outside));
}

TEST_F(ConfineTest, ReadsAndSaysWhatItLikes) {
  const auto path = folder_ / "file";
  std::ofstream(path) << "word";
  const Contained done = Confined([&] {
    std::string word;
    std::ifstream(path) >> word;
    WriteOut("aloud\n");
    return word;
  });
  EXPECT_EQ(done.result, "word");
}

TEST_F(ConfineTest, MayAbortForAnEngineThatListens) {
  const Contained done = Confined(
      [] {
        (void)socket(AF_INET, SOCK_STREAM, 0);
        return std::string();
      },
      {.aborts = true});
  EXPECT_EQ(done.loss.end.signal, SIGABRT);
  EXPECT_EQ(ForbiddenIn(done.loss.output), "open a socket (socket)");
}

// A host without Landlock is one whose system call for it fails; what is told must be that, and the
// filter of system calls must be there all the same.
TEST_F(ConfineTest, SaysWhatTheHostCannotRefuse) {
  const auto done = RunContained(
      [] {
        // No file descriptor is left: rules cannot be made.
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_NOFILE, &none);
        const std::string lacking = Confine({});
        WriteOut(absl::StrCat("lacking: ", lacking, "\n"));
        (void)socket(AF_INET, SOCK_STREAM, 0);
        return std::string();
      },
      {.seconds = 30});
  ASSERT_TRUE(done.ok());
  EXPECT_THAT(done->loss.output, testing::HasSubstr("lacking: no Landlock (Too many open files)"));
  // How the process ends is not looked at: a sanitizer's runtime wants files of its own for that.
  EXPECT_EQ(ForbiddenIn(done->loss.output), "open a socket (socket)") << done->loss.output;
}

}  // namespace
}  // namespace khofuzz
