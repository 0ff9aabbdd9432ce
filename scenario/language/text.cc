#include "scenario/language/text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/closest.h"
#include "scenario/language/kinds.h"
#include "scenario/language/line.h"

namespace khofuzz {
namespace {

// ---- printing ----------------------------------------------------------------------------------

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      absl::StrAppendFormat(&out, "\\x%02x", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendHex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

void AppendField(std::string& out, const ConstFieldRef& field) {
  out += field.name;
  if (const auto* text = std::get_if<const std::string*>(&field.value)) {
    out += '=';
    field.kind == Kind::kBytes ? AppendHex(out, **text) : AppendQuoted(out, **text);
  } else if (const auto* number = std::get_if<const uint64_t*>(&field.value)) {
    out += '=';
    if (field.kind == Kind::kChoice) {
      out += field.choices[**number % field.choices.size()];
    } else {
      out += PrintNumber(**number, field.kind);
    }
  }
}

bool SameValue(const ConstFieldRef& a, const ConstFieldRef& b) {
  return std::visit(
      [&b](const auto* value) { return *value == *std::get<decltype(value)>(b.value); }, a.value);
}

template <typename Variant>
void AppendLine(std::string& out, const Variant& one) {
  const ConstLineRef line = Refer(one);
  const ConstLineRef defaults = Refer(DefaultOf<Variant>(one.index()));
  out += line.name;
  for (size_t i = 0; i < line.field_count; ++i) {
    const ConstFieldRef& field = line.storage[i];
    if (field.optional && SameValue(field, defaults.storage[i])) continue;
    out += ' ';
    AppendField(out, field);
  }
}

// ---- reading -----------------------------------------------------------------------------------

// What is wrong with a text, and where.
struct Problem {
  size_t column = 0;  // from 0, within the line
  std::string what;
};

// The words of one line: separated by blanks, quotes hold together.
struct Word {
  size_t column;
  std::string_view text;
};

using Words = absl::InlinedVector<Word, 8>;

Words SplitWords(std::string_view line) {
  Words words;
  size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
      ++at;
      continue;
    }
    if (line[at] == '#') break;
    const size_t begin = at;
    bool quoted = false;
    for (; at < line.size(); ++at) {
      const char c = line[at];
      if (quoted && c == '\\' && at + 1 < line.size()) {
        ++at;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == '#')) {
        break;
      }
    }
    words.push_back({begin, line.substr(begin, at - begin)});
  }
  return words;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

unsigned SuffixShift(char c) {
  switch (c) {
    case 'K':
      return 10;
    case 'M':
      return 20;
    case 'G':
      return 30;
    case 'T':
      return 40;
    default:
      return 0;
  }
}

std::optional<uint64_t> ReadNumber(std::string_view text) {
  unsigned shift = 0;
  unsigned base = 10;
  if (!text.empty() && SuffixShift(text.back()) != 0) {
    shift = SuffixShift(text.back());
    text.remove_suffix(1);
  }
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = HexDigit(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    if (__builtin_mul_overflow(value, uint64_t{base}, &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      return std::nullopt;
    }
  }
  if (shift != 0 && (value >> (64 - shift)) != 0) return std::nullopt;
  return value << shift;
}

std::optional<std::string> ReadQuoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == '"' || text[i] == '\\') {
      value += text[i];
    } else if (text[i] == 'x' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
               HexDigit(text[i + 2]) >= 0) {
      value += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return value.size() <= kMaxTextBytes ? std::optional(value) : std::nullopt;
}

std::optional<std::string> ReadHex(std::string_view text) {
  if (text.size() % 2 != 0 || text.size() > 2 * kMaxTextBytes) return std::nullopt;
  std::string value;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    value += static_cast<char>(high * 16 + low);
  }
  return value;
}

// As much of what stands there as a message needs.
std::string Shortened(std::string_view text) {
  constexpr size_t kShown = 60;
  if (text.size() <= kShown) return std::string(text);
  return absl::StrCat(std::string(text.substr(0, kShown)), "... (", text.size(), " bytes)");
}

std::string Expected(const FieldRef& field) {
  switch (field.kind) {
    case Kind::kChoice: {
      std::string names = "one of";
      for (const std::string_view name : field.choices)
        absl::StrAppend(&names, " ", std::string(name));
      return names;
    }
    case Kind::kNode:
      return "a node's number, or any";
    case Kind::kText:
    case Kind::kParams:
    case Kind::kCore:
      return absl::StrCat("text in double quotes, of at most ", kMaxTextBytes, " bytes");
    case Kind::kBytes:
      return absl::StrCat("bytes in hex, two digits each, at most ", kMaxTextBytes);
    default:
      return "a number: decimal or 0x hex, K M G T for powers of 1024, below 2^64";
  }
}

bool ReadValue(const FieldRef& field, std::string_view text, uint64_t& value) {
  if (field.kind == Kind::kChoice) {
    const auto found = std::ranges::find(field.choices, text);
    if (found == field.choices.end()) return false;
    value = static_cast<uint64_t>(found - field.choices.begin());
    return true;
  }
  if (field.kind == Kind::kNode && text == "any") {
    value = kAnyNode;
    return true;
  }
  const auto number = ReadNumber(text);
  if (number.has_value()) value = *number;
  return number.has_value();
}

bool ReadValue(const FieldRef& field, std::string_view text, std::string& value) {
  auto read = field.kind == Kind::kBytes ? ReadHex(text) : ReadQuoted(text);
  if (read.has_value()) value = *std::move(read);
  return read.has_value();
}

// Reads one word, "name=value" or "name", into its operand. Problems are told only when asked for:
// fuzz input is full of them, and making messages is most of the work.
bool ReadOperand(const Word& word, const LineRef& line, uint32_t& seen, Problem* problem) {
  const size_t equals = word.text.find('=');
  const bool has_value = equals != std::string_view::npos;
  const std::string_view name = word.text.substr(0, equals);
  const std::string_view text = has_value ? word.text.substr(equals + 1) : std::string_view();
  const auto wrong = [problem](size_t column, std::string what) {
    if (problem != nullptr) *problem = {column, std::move(what)};
    return false;
  };
  const auto field = std::ranges::find(line.fields(), name, &FieldRef::name);
  if (field == line.fields().end()) {
    if (problem == nullptr) return false;
    std::vector<std::string_view> names;
    for (const FieldRef& known : line.fields()) names.push_back(known.name);
    return wrong(word.column, absl::StrCat("'", std::string(line.name), "' has no operand '",
                                           Shortened(name), "'", DidYouMean(name, names)));
  }
  const uint32_t bit = uint32_t{1} << (field - line.fields().begin());
  if (problem != nullptr && (seen & bit) != 0) {
    return wrong(word.column, absl::StrCat("'", std::string(name), "' is given twice"));
  }
  seen |= bit;
  if (auto* const* flag = std::get_if<bool*>(&field->value)) {
    if (has_value)
      return wrong(word.column,
                   absl::StrCat("'", std::string(name), "' is a flag and takes no value"));
    **flag = true;
    return true;
  }
  auto* const* number = std::get_if<uint64_t*>(&field->value);
  const bool good =
      has_value &&
      (number != nullptr ? ReadValue(*field, text, **number)
                         : ReadValue(*field, text, *std::get<std::string*>(field->value)));
  if (good || problem == nullptr) return good;
  return wrong(word.column + name.size() + (has_value ? 1 : 0),
               absl::StrCat("expected ", std::string(name), "=", Expected(*field), ", found '",
                            Shortened(text), "'"));
}

// Reads the operands of one line. Without `problem`, what makes no sense is passed over.
bool ReadOperands(const Words& words, const LineRef& line, Problem* problem) {
  uint32_t seen = 0;
  for (size_t w = 1; w < words.size(); ++w) {
    if (!ReadOperand(words[w], line, seen, problem) && problem != nullptr) return false;
  }
  if (problem == nullptr) return true;
  for (size_t i = 0; i < line.field_count; ++i) {
    const FieldRef& field = line.storage[i];
    if (((seen >> i) & 1) != 0 || field.optional) continue;
    *problem = {words.back().column + words.back().text.size(),
                absl::StrCat("'", std::string(line.name), "' needs ", std::string(field.name), "=",
                             Expected(field))};
    return false;
  }
  return true;
}

// The names of the kinds of `Variant`, in their order.
template <typename Variant>
const std::vector<std::string_view>& NamesOf() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (size_t kind = 0; kind < kKindsOf<Variant>; ++kind) {
      all.push_back(Refer(DefaultOf<Variant>(kind)).name);
    }
    return all;
  }();
  return names;
}

// The kind of `Variant` that goes by this name, as a line with its defaults.
template <typename Variant>
std::optional<Variant> LineCalled(std::string_view name) {
  static const std::unordered_map<std::string_view, size_t> kinds = [] {
    std::unordered_map<std::string_view, size_t> by_name;
    for (const std::string_view known : NamesOf<Variant>()) by_name.emplace(known, by_name.size());
    return by_name;
  }();
  const auto found = kinds.find(name);
  if (found == kinds.end()) return std::nullopt;
  return DefaultOf<Variant>(found->second);
}

std::vector<std::string_view> AllNames() {
  std::vector<std::string_view> names = NamesOf<MachineLine>();
  const std::vector<std::string_view>& ops = NamesOf<Op>();
  names.insert(names.end(), ops.begin(), ops.end());
  return names;
}

// Reads one line into `scenario`. With `problem`, stops at what is wrong and says so; without,
// takes what makes sense.
bool ReadScenarioLine(std::string_view text, Scenario& scenario, Problem* problem) {
  const Words words = SplitWords(text);
  if (words.empty()) return true;
  const Word& name = words.front();
  const auto wrong = [&](std::string what) {
    if (problem != nullptr) *problem = {name.column, std::move(what)};
    return false;
  };
  if (auto op = LineCalled<Op>(name.text)) {
    if (!ReadOperands(words, Refer(*op), problem)) return false;
    if (scenario.ops.size() == kMaxOps) return wrong(absl::StrCat("more than ", kMaxOps, " ops"));
    scenario.ops.push_back(*std::move(op));
    return true;
  }
  if (auto line = LineCalled<MachineLine>(name.text)) {
    if (!ReadOperands(words, Refer(*line), problem)) return false;
    if (problem != nullptr && !scenario.ops.empty()) {
      return wrong("the machine's lines come before the ops");
    }
    if (scenario.machine.size() == kMaxMachineLines) {
      return wrong(absl::StrCat("more than ", kMaxMachineLines, " machine lines"));
    }
    scenario.machine.push_back(*std::move(line));
    return true;
  }
  if (problem == nullptr) return false;
  return wrong(absl::StrCat("no op or machine line is called '", Shortened(name.text), "'",
                            DidYouMean(name.text, AllNames())));
}

absl::Status ErrorAt(size_t line, const Problem& problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(line, ":", problem.column + 1, ": ", problem.what));
}

template <typename Fn>
void ForEachTextLine(std::string_view text, Fn fn) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (!fn(text.substr(begin, end - begin))) return;
    begin = end + 1;
  }
}

}  // namespace

std::string PrintNumber(uint64_t value, Kind kind) {
  if (kind == Kind::kNode && value == kAnyNode) return "any";
  if (kind == Kind::kAddress || kind == Kind::kSize) {
    // A suffix where it reads better than hex.
    for (const char suffix : {'T', 'G', 'M', 'K'}) {
      const unsigned shift = SuffixShift(suffix);
      const uint64_t scaled = value >> shift;
      if (scaled == 0 || (scaled << shift) != value) continue;
      if (scaled < 10000) return absl::StrCat(scaled, std::string(1, suffix));
      break;
    }
  }
  const bool decimal = kind != Kind::kKey && kind != Kind::kPfn && value < 100000;
  return decimal || value < 10 ? absl::StrCat(value) : absl::StrCat("0x", absl::Hex(value));
}

std::string Print(const Op& op) {
  std::string out;
  AppendLine(out, op);
  return out;
}

std::string PrintOp(const Scenario& scenario, size_t op) { return Print(scenario.ops[op]); }

std::string Print(const MachineLine& line) {
  std::string out;
  AppendLine(out, line);
  return out;
}

std::string Print(const Scenario& scenario) {
  std::string out;
  for (const MachineLine& line : scenario.machine) {
    AppendLine(out, line);
    out += '\n';
  }
  for (const Op& op : scenario.ops) {
    AppendLine(out, op);
    out += '\n';
  }
  return out;
}

Scenario ParseLenient(std::string_view text) {
  Scenario scenario;
  ForEachTextLine(text, [&](std::string_view line) {
    (void)ReadScenarioLine(line, scenario, nullptr);
    return scenario.ops.size() < kMaxOps;
  });
  return scenario;
}

size_t LinesWithoutSense(std::string_view text) {
  Scenario scenario;
  size_t lines = 0;
  ForEachTextLine(text, [&](std::string_view line) {
    Problem problem;
    lines += ReadScenarioLine(line, scenario, &problem) ? 0 : 1;
    return true;
  });
  while (const auto problem = FindMachineProblem(scenario.machine)) {
    ++lines;
    scenario.machine.erase(scenario.machine.begin() + static_cast<std::ptrdiff_t>(problem->line));
  }
  return lines;
}

absl::StatusOr<Scenario> ParseStrict(std::string_view text) {
  Scenario scenario;
  size_t number = 0;
  absl::Status status;
  std::vector<size_t> machine_lines;  // in which line of the text each stands
  if (text.starts_with("\xef\xbb\xbf")) {
    return ErrorAt(1, {0, "a byte order mark; save the file as UTF-8 without one"});
  }
  ForEachTextLine(text, [&](std::string_view line) {
    ++number;
    Problem problem;
    if (!ReadScenarioLine(line, scenario, &problem)) {
      status = ErrorAt(number, problem);
    }
    machine_lines.resize(scenario.machine.size(), number);
    return status.ok();
  });
  if (!status.ok()) return status;
  if (const auto problem = FindMachineProblem(scenario.machine); problem.has_value()) {
    return ErrorAt(machine_lines[problem->line], {0, problem->what});
  }
  return scenario;
}

}  // namespace khofuzz
