// khofuzz_bench: what `khofuzz bench` runs.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/benchmarks.h"
#include "bench/report.h"
#include "bench/workload.h"
#include "benchmark/benchmark.h"

namespace khofuzz {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

constexpr std::string_view kHelp =
    R"(usage: khofuzz bench [--json] [--filter REGEX] [--min-time SECONDS] [--benchmark_...]

Measures scratch extension, as published and the fast one, beside a plain read of the same tree
pages; the radix tree and its keys; memblock; whole boots with all checks. Times are CPU time, of the fastest repetition.

  --json               one JSON document instead of tables
  --filter REGEX       only benchmarks whose name matches; -REGEX: only others
  --min-time SECONDS   measure each repetition for at least so long (0.01)
  --benchmark_...      any flag of Google Benchmark, such as --benchmark_repetitions=N (15),
                       --benchmark_list_tests, --benchmark_out=FILE

For example: khofuzz bench --filter capture_c

khofuzz bench --find measures something else: how long planted faults stay unfound (--find --help).
)";

struct Options {
  bool json = false;
  bool help = false;
  std::string error;               // not empty: bad usage
  std::vector<std::string> flags;  // for Google Benchmark, defaults first
};

Options ParseOptions(int argc, char** argv) {
  Options options{.flags = {argv[0], "--benchmark_repetitions=15", "--benchmark_min_time=0.01"}};
  const std::vector<std::string> args(argv + 1, argv + argc);
  for (size_t i = 0; i < args.size() && options.error.empty(); ++i) {
    const size_t equals = args[i].find('=');
    const std::string name = args[i].substr(0, equals);
    if (name == "--filter" || name == "--min-time") {
      if (equals == std::string::npos && i + 1 == args.size()) {
        options.error = name + " wants a value";
        break;
      }
      const std::string value =
          equals == std::string::npos ? args[++i] : args[i].substr(equals + 1);
      options.flags.push_back(
          (name == "--filter" ? "--benchmark_filter=" : "--benchmark_min_time=") + value);
    } else if (args[i] == "--json") {
      options.json = true;
    } else if (args[i] == "--help" || args[i] == "-h") {
      options.help = true;
    } else if (name.starts_with("--benchmark_")) {
      options.flags.push_back(args[i]);
    } else {
      options.error = "what is " + args[i] + "?";
    }
  }
  return options;
}

// Keeps the fastest repetition of each benchmark; shows that one on the console, unless quiet.
class FastestReporter : public benchmark::ConsoleReporter {
 public:
  explicit FastestReporter(bool quiet) : ConsoleReporter(OO_None), quiet_(quiet) {}

  // Debian's library was built without optimisation, which Google Benchmark's own heading would
  // warn of. The loops that measure are in headers, so compiled with ours.
  bool ReportContext(const Context& context) override {
    name_field_width_ = context.name_field_width;
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    const Run* fastest = nullptr;
    for (const Run& run : runs) {
      if (run.error_occurred) {
        std::cerr << run.run_name.str() << ": " << run.error_message << "\n";
        failed_ = true;
        return;
      }
      // Means and medians come in a list of their own.
      if (run.run_type != Run::RT_Iteration) return;
      if (fastest == nullptr || Seconds(run) < Seconds(*fastest)) fastest = &run;
    }
    if (fastest == nullptr) return;
    Keep(*fastest, std::max<int64_t>(1, fastest->repetitions));
    if (!quiet_) Show(*fastest);
  }

  const Measurements& measurements() const { return measurements_; }
  bool failed() const { return failed_; }

 private:
  // Benchmarks that measure for themselves measure CPU time, too.
  static double Seconds(const Run& run) {
    const double total = run.run_name.time_type == "manual_time" ? run.real_accumulated_time
                                                                 : run.cpu_accumulated_time;
    return total / static_cast<double>(run.iterations);
  }

  void Keep(const Run& run, int64_t repetitions) {
    Measurement m{.ns = Seconds(run) * 1e9, .repetitions = repetitions, .counters = {}};
    for (const auto& [name, counter] : run.counters) m.counters[name] = counter.value;
    std::string name = run.run_name.function_name;
    if (!run.run_name.args.empty()) name += "/" + run.run_name.args;
    measurements_[name] = std::move(m);
  }

  // Of the counters, the rates: what else there is, is in the report.
  void Show(Run run) {
    const double total = Seconds(run) * static_cast<double>(run.iterations);
    run.real_accumulated_time = run.cpu_accumulated_time = total;
    run.run_name.time_type.clear();
    std::erase_if(run.counters, [](const auto& counter) {
      return (counter.second.flags & benchmark::Counter::kIsRate) == 0;
    });
    ConsoleReporter::ReportRuns({run});
  }

  const bool quiet_;
  bool failed_ = false;
  Measurements measurements_;
};

std::filesystem::path SourceRoot() {
  const char* root = std::getenv("KHOFUZZ_ROOT");
  return root != nullptr ? root : KHOFUZZ_SOURCE_DIR;
}

std::filesystem::path CaptureC() {
  return SourceRoot() / "corpus" / "captures" / "c_1node_8G_2x1G_4k";
}

int Fail(const std::string& what, const absl::Status& status) {
  std::cerr << "khofuzz bench: " << what << ": " << status.ToString() << "\n";
  return kUsage;
}

int Run(bool json) {
  absl::StatusOr<ExtensionWorkload> workloads[] = {LoadCaptureWorkload("capture_c", CaptureC()),
                                                   SeedCase1(), SeedCase2()};
  for (absl::StatusOr<ExtensionWorkload>& workload : workloads) {
    if (!workload.ok()) return Fail("a workload could not be made", workload.status());
    const absl::Status status = RegisterExtensionBenchmarks(*workload);
    if (!status.ok()) return Fail(workload->name, status);
  }
  RegisterRadixBenchmarks(*workloads[2]);
  RegisterMemblockBenchmarks();
  if (const absl::Status status = RegisterBootBenchmarks(SourceRoot()); !status.ok()) {
    return Fail("a boot cannot be measured", status);
  }

  FastestReporter reporter(json);
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) return kUsage;
  if (json) {
    std::cout << ReportJson(reporter.measurements()).dump(2) << "\n";
  } else if (const std::string table = ExtensionTable(reporter.measurements()); !table.empty()) {
    std::cout << "\n" << table;
  }
  return reporter.failed() ? kFailed : 0;
}

int Main(int argc, char** argv) {
  Options options = ParseOptions(argc, argv);
  if (options.help) {
    std::cout << kHelp;
    return 0;
  }
  if (!options.error.empty()) {
    std::cerr << "khofuzz bench: " << options.error << "\n" << kHelp;
    return kUsage;
  }
  std::vector<char*> flags;
  for (std::string& flag : options.flags) flags.push_back(flag.data());
  int count = static_cast<int>(flags.size());
  benchmark::Initialize(&count, flags.data());
  if (benchmark::ReportUnrecognizedArguments(count, flags.data())) return kUsage;
  return Run(options.json);
}

}  // namespace
}  // namespace khofuzz

int main(int argc, char** argv) { return khofuzz::Main(argc, argv); }
