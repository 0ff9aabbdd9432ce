#include "scenario/text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/closest.h"

namespace khofuzz {
namespace {

constexpr size_t kMaxTextBytes = 4096;

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

void AppendField(std::string& out, const auto& field, uint64_t value) {
  out += field.name;
  out += '=';
  if (field.kind == Kind::kChoice) {
    out += field.choices[value % field.choices.size()];
  } else {
    out += PrintNumber(value, field.kind);
  }
}

void AppendField(std::string& out, const auto& field, bool) { out += field.name; }

void AppendField(std::string& out, const auto& field, const std::string& value) {
  out += field.name;
  out += '=';
  if (field.kind == Kind::kText) {
    AppendQuoted(out, value);
  } else {
    AppendHex(out, value);
  }
}

template <typename Line>
void AppendLine(std::string& out, const Line& line) {
  static const Line kDefault{};
  out += Line::kName;
  ForEachField(line, [&out](const auto& field, const auto& value) {
    if (field.optional && value == kDefault.*(field.member)) return;
    out += ' ';
    AppendField(out, field, value);
  });
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

std::vector<Word> SplitWords(std::string_view line) {
  std::vector<Word> words;
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
    } else if (text[i] == 'x' && i + 2 < text.size() + 0 && HexDigit(text[i + 1]) >= 0 &&
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

std::string Expected(const auto& field) {
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
      return "text in double quotes";
    case Kind::kBytes:
      return "bytes in hex, two digits each";
    default:
      return "a number: decimal or 0x hex, K M G T for powers of 1024, below 2^64";
  }
}

bool ReadValue(const auto& field, std::string_view text, uint64_t& value) {
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

bool ReadValue(const auto&, std::string_view, bool&) { return false; }

bool ReadValue(const auto& field, std::string_view text, std::string& value) {
  auto read = field.kind == Kind::kText ? ReadQuoted(text) : ReadHex(text);
  if (read.has_value()) value = *std::move(read);
  return read.has_value();
}

// Reads the operands of one line into `line`. Problems are reported only when asked for: fuzz input
// is full of them, and making messages is most of the work.
template <typename Line>
bool ReadFields(const std::vector<Word>& words, Line& line, Problem* problem) {
  uint32_t seen = 0;
  for (size_t w = 1; w < words.size(); ++w) {
    const std::string_view word = words[w].text;
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string_view text =
        equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    bool known = false;
    bool fine = true;
    uint32_t number = 0;
    ForEachField(line, [&](const auto& field, auto& value) {
      const uint32_t bit = uint32_t{1} << number++;
      if (field.name != name || !fine) return;
      known = true;
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, bool>) {
        value = equals == std::string_view::npos;
        fine = value;
        if (!fine && problem != nullptr) {
          *problem = {words[w].column,
                      absl::StrCat("'", std::string(name), "' is a flag and takes no value")};
        }
      } else {
        fine = equals != std::string_view::npos && ReadValue(field, text, value);
        if (!fine && problem != nullptr) {
          *problem = {words[w].column + name.size() + (equals == std::string_view::npos ? 0 : 1),
                      absl::StrCat("expected ", std::string(name), "=", Expected(field),
                                   ", found '", std::string(text), "'")};
        }
      }
      if (fine && (seen & bit) != 0 && problem != nullptr) {
        *problem = {words[w].column, absl::StrCat("'", std::string(name), "' is given twice")};
        fine = false;
      }
      seen |= bit;
    });
    if (problem == nullptr) continue;
    if (!known) {
      std::vector<std::string_view> names;
      ForEachField(line, [&names](const auto& field, const auto&) { names.push_back(field.name); });
      *problem = {words[w].column, absl::StrCat("'", std::string(Line::kName), "' has no operand '",
                                                std::string(name), "'", DidYouMean(name, names))};
      return false;
    }
    if (!fine) return false;
  }
  if (problem == nullptr) return true;
  bool complete = true;
  uint32_t number = 0;
  ForEachField(line, [&](const auto& field, const auto&) {
    const bool given = (seen >> number++) & 1;
    if (given || field.optional || !complete) return;
    complete = false;
    *problem = {words.back().column + words.back().text.size(),
                absl::StrCat("'", std::string(Line::kName), "' needs ", std::string(field.name),
                             "=", Expected(field))};
  });
  return complete;
}

// Reads a line of one of the kinds of `Variant`; false if its name is none of theirs (*known is
// then false) or its operands are wrong.
template <typename Variant>
bool ReadLine(const std::vector<Word>& words, Variant& out, bool* known, Problem* problem) {
  bool good = false;
  *known = false;
  ForEachKind<Variant>([&]<typename Line>(size_t) {
    if (*known || Line::kName != words.front().text) return;
    *known = true;
    Line line{};
    good = ReadFields(words, line, problem);
    if (good) out = std::move(line);
  });
  return good;
}

std::vector<std::string_view> AllNames() {
  std::vector<std::string_view> names;
  ForEachKind<MachineLine>([&]<typename Line>(size_t) { names.push_back(Line::kName); });
  ForEachKind<Op>([&]<typename Line>(size_t) { names.push_back(Line::kName); });
  return names;
}

// Reads one line into `scenario`. With `problem`, stops at what is wrong and says so; without,
// takes what makes sense.
bool ReadScenarioLine(std::string_view text, Scenario& scenario, Problem* problem) {
  const std::vector<Word> words = SplitWords(text);
  if (words.empty()) return true;
  bool known = false;
  MachineLine machine_line;
  if (ReadLine(words, machine_line, &known, problem)) {
    if (problem != nullptr && !scenario.ops.empty()) {
      *problem = {words.front().column, "the machine's lines come before the ops"};
      return false;
    }
    scenario.machine.push_back(std::move(machine_line));
    return true;
  }
  if (known) return false;
  Op op;
  if (ReadLine(words, op, &known, problem)) {
    if (scenario.ops.size() >= kMaxOps) {
      if (problem != nullptr) *problem = {0, absl::StrCat("more than ", kMaxOps, " ops")};
      return false;
    }
    scenario.ops.push_back(std::move(op));
    return true;
  }
  if (!known && problem != nullptr) {
    *problem = {words.front().column,
                absl::StrCat("no op or machine line is called '", std::string(words.front().text),
                             "'", DidYouMean(words.front().text, AllNames()))};
  }
  return false;
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
  std::visit([&out](const auto& line) { AppendLine(out, line); }, op);
  return out;
}

std::string Print(const MachineLine& machine_line) {
  std::string out;
  std::visit([&out](const auto& line) { AppendLine(out, line); }, machine_line);
  return out;
}

std::string Print(const Scenario& scenario) {
  std::string out;
  const auto append = [&out](const auto& line) {
    AppendLine(out, line);
    out += '\n';
  };
  for (const MachineLine& line : scenario.machine) std::visit(append, line);
  for (const Op& op : scenario.ops) std::visit(append, op);
  return out;
}

Scenario ParseLenient(std::string_view text) {
  Scenario scenario;
  ForEachTextLine(text, [&scenario](std::string_view line) {
    ReadScenarioLine(line, scenario, nullptr);
    return scenario.ops.size() < kMaxOps;
  });
  return scenario;
}

absl::StatusOr<Scenario> ParseStrict(std::string_view text) {
  Scenario scenario;
  size_t number = 0;
  absl::Status status;
  std::vector<size_t> machine_lines;
  ForEachTextLine(text, [&](std::string_view line) {
    ++number;
    Problem problem;
    if (!ReadScenarioLine(line, scenario, &problem)) {
      status = absl::InvalidArgumentError(
          absl::StrCat(number, ":", problem.column + 1, ": ", problem.what));
    }
    return status.ok();
  });
  if (!status.ok()) return status;
  if (!scenario.machine.empty()) {
    if (absl::Status machine = CheckMachine(scenario.machine); !machine.ok()) return machine;
  }
  return scenario;
}

}  // namespace khofuzz
