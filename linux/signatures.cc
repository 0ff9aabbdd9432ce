#include "linux/signatures.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

struct Parameter {
  std::string_view type, name;
};

// "unsigned long end_pfn".
Parameter ParameterFrom(std::string_view text) {
  const size_t name = text.find_last_of(" *") + 1;
  return {text.substr(0, name), text.substr(name)};
}

bool IsAddress(const Parameter& parameter) { return parameter.type.starts_with("phys_addr_t"); }

}  // namespace

std::optional<PageCall> PageCall::Of(std::string_view parameters) {
  std::vector<Parameter> all;
  for (size_t begin = 0; begin <= parameters.size();) {
    const size_t end = std::min(parameters.find(',', begin), parameters.size());
    all.push_back(ParameterFrom(parameters.substr(begin, end - begin)));
    begin = end + 1;
  }
  all.resize(std::min(all.size(), std::tuple_size_v<std::array<uint64_t, 6>>));
  const auto find = [&all](std::initializer_list<std::string_view> names, bool address) {
    for (size_t i = 0; i < all.size(); ++i) {
      if (std::ranges::find(names, all[i].name) == names.end()) continue;
      if (IsAddress(all[i]) == address) return std::optional(i);
    }
    return std::optional<size_t>();
  };
  if (find({"align"}, true).has_value()) return std::nullopt;
  PageCall call;
  std::optional<size_t> first = find({"pfn", "start_pfn", "spfn"}, false);
  std::optional<size_t> end = find({"end_pfn", "epfn"}, false);
  std::optional<size_t> count = find({"nr_pages"}, false);
  if (!first.has_value()) {
    call.addresses_ = true;
    first = find({"start", "base", "addr", "phys"}, true);
    end = find({"end"}, true);
    count = find({"size"}, true);
  }
  if (!first.has_value()) return std::nullopt;
  call.first_ = *first;
  if (end.has_value()) {
    call.second_ = *end;
    call.length_ = Length::kEnd;
  } else if (count.has_value()) {
    call.second_ = *count;
    call.length_ = Length::kCount;
  } else if (const auto order = find({"order"}, false); order.has_value()) {
    call.second_ = *order;
    call.length_ = Length::kOrder;
  }
  call.gives_node_ = find({"nid", "node"}, false).has_value();
  return call;
}

PfnRange PageCall::Pages(const std::array<uint64_t, 6>& args, unsigned page_shift) const {
  constexpr unsigned kMaxOrder = 32;
  const uint64_t begin = args[first_];
  const uint64_t one = addresses_ ? uint64_t{1} << page_shift : 1;
  uint64_t end = begin;
  switch (length_) {
    case Length::kEnd:
      end = args[second_];
      break;
    case Length::kCount:
      end += args[second_];
      break;
    case Length::kOrder:
      end += one << std::min<uint32_t>(static_cast<uint32_t>(args[second_]), kMaxOrder);
      break;
    case Length::kOne:
      end += one;
      break;
  }
  if (end <= begin) return {};
  if (!addresses_) return {{begin}, {end}};
  return {{begin >> page_shift}, {((end - 1) >> page_shift) + 1}};
}

std::optional<std::string_view> ParametersOf(std::string_view signatures,
                                             std::string_view function) {
  const std::string wanted = absl::StrCat(";", std::string(function), "(");
  size_t at = signatures.find(wanted);
  size_t begin = at + wanted.size();
  if (signatures.starts_with(wanted.substr(1))) {
    begin = wanted.size() - 1;
  } else if (at == std::string_view::npos) {
    return std::nullopt;
  }
  // Parameters may hold parentheses, and no semicolon.
  const size_t end = signatures.find(';', begin);
  if (end == std::string_view::npos || end == begin || signatures[end - 1] != ')') {
    return std::nullopt;
  }
  return signatures.substr(begin, end - 1 - begin);
}

}  // namespace khofuzz
