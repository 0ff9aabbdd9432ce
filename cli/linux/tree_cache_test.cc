#include "cli/linux/tree_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(CacheFolderTest, TheNearestOfThreeWordsHolds) {
  std::map<std::string, std::string> set;
  const auto environment = [&set](const char* name) -> const char* {
    const auto found = set.find(name);
    return found == set.end() ? nullptr : found->second.c_str();
  };
  EXPECT_THAT(std::string(CacheFolder(environment).status().message()), HasSubstr("KHOFUZZ_CACHE"));
  set["HOME"] = "/h";
  EXPECT_EQ(*CacheFolder(environment), "/h/.cache/khofuzz");
  set["XDG_CACHE_HOME"] = "relative";
  EXPECT_EQ(*CacheFolder(environment), "/h/.cache/khofuzz");
  set["XDG_CACHE_HOME"] = "/x";
  EXPECT_EQ(*CacheFolder(environment), "/x/khofuzz");
  set["KHOFUZZ_CACHE"] = "";
  EXPECT_EQ(*CacheFolder(environment), "/x/khofuzz");
  set["KHOFUZZ_CACHE"] = "/k";
  EXPECT_EQ(*CacheFolder(environment), "/k");
}

TEST(TreeCacheTest, ATreeIsThereWholeOrNotAtAll) {
  const TempFolder folder;
  const TreeCache cache(folder / "cache");
  for (const char* const text : {"one", "two"}) {
    const auto fresh = cache.FreshFolder();
    ASSERT_TRUE(fresh.ok()) << fresh.status();
    EXPECT_TRUE(fs::is_empty(*fresh)) << "of one that was interrupted";
    fs::create_directory(*fresh / "tree");
    ASSERT_TRUE(WriteText(*fresh / "tree/Makefile", text).ok());
    ASSERT_TRUE(WriteText(*fresh / "rest", text).ok());
    EXPECT_EQ(cache.Has("linux-source-7.3"), text == std::string("two"));
    ASSERT_TRUE(cache.Put(*fresh / "tree", "linux-source-7.3").ok());
    EXPECT_EQ(*ReadText(cache.TreePath("linux-source-7.3") / "Makefile"), text);
  }
  cache.CleanUp();
  EXPECT_TRUE(cache.Has("linux-source-7.3"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "cache/linux"), {}), 1);
}

TEST(TreeCacheTest, AFullDiskIsToldBeforeAnythingIsFetched) {
  const TempFolder folder;
  const TreeCache cache(folder / "cache");
  ASSERT_TRUE(cache.FreshFolder().ok());
  EXPECT_TRUE(cache.CheckRoom(1).ok());
  const absl::Status full = cache.CheckRoom(uint64_t{1} << 60);
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_THAT(std::string(full.message()), HasSubstr("MiB are needed"));
}

}  // namespace
}  // namespace khofuzz
