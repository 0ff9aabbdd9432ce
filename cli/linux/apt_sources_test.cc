#include "cli/linux/apt_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char kKeyring[] = "/usr/share/keyrings/debian-archive-keyring.gpg";

std::vector<std::string> Uris(const std::vector<DebianMirror>& mirrors) {
  std::vector<std::string> uris;
  for (const DebianMirror& mirror : mirrors) uris.push_back(mirror.uri);
  return uris;
}

TEST(OneLineSources, HaveOptionsOrNone) {
  const auto sources = ParseOneLineSources(
      "# deb http://a.example/debian old main\n"
      "deb http://b.example/debian bookworm main contrib # the usual\n"
      "deb-src http://b.example/debian bookworm main\n"
      "deb [ arch=amd64 signed-by=/k/a.gpg trusted=yes ] http://c.example/debian trixie main\n"
      "deb [signed-by=0123456789ABCDEF] http://d.example/debian sid main\n");
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_THAT(sources[0].uris, ElementsAre("http://b.example/debian"));
  EXPECT_THAT(sources[0].suites, ElementsAre("bookworm"));
  EXPECT_THAT(sources[0].components, ElementsAre("main", "contrib"));
  EXPECT_FALSE(sources[0].trusted);
  EXPECT_EQ(sources[1].signed_by, "/k/a.gpg");
  EXPECT_TRUE(sources[1].trusted);
  EXPECT_THAT(sources[1].uris, ElementsAre("http://c.example/debian"));
  EXPECT_EQ(sources[2].signed_by, "") << "a fingerprint is no path";
}

TEST(OneLineSources, NoCdAndNothingBroken) {
  EXPECT_THAT(ParseOneLineSources("deb cdrom:[Debian 12 [x] - 2025]/ bookworm main\n"
                                  "deb http://a.example/debian\ndeb [signed-by=/k\n\ndebris a b c\n"
                                  "deb http://flat.example/ ./\n"),
              IsEmpty());
}

TEST(Deb822Sources, HaveStanzas) {
  const auto sources = ParseDeb822Sources(
      "Types: deb deb-src\n"
      "# a comment: within\n"
      "URIs: http://a.example/debian\n"
      " http://b.example/debian\n"
      "suites: bookworm bookworm-updates\n"
      "Components: main\n"
      "Signed-By: /k/a.gpg\n"
      " \t\n"
      "\n"
      "Types: deb\nURIs: http://c.example/debian\nSuites: sid\nComponents: main\n"
      "Trusted: yes\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n");
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_THAT(sources[0].uris, ElementsAre("http://a.example/debian", "http://b.example/debian"));
  EXPECT_THAT(sources[0].suites, ElementsAre("bookworm", "bookworm-updates"));
  EXPECT_EQ(sources[0].signed_by, "/k/a.gpg");
  EXPECT_EQ(sources[1].signed_by, "") << "keys in the list are no path";
  EXPECT_TRUE(sources[1].trusted);
}

TEST(Deb822Sources, DisabledOnesAndSourcesOfSourcesAreLeftOut) {
  EXPECT_THAT(
      ParseDeb822Sources("Types: deb\nEnabled: no\nURIs: http://a.example\nSuites: sid\n\n"
                         "Types: deb-src\nURIs: http://a.example\nSuites: sid\nComponents: main\n"),
      IsEmpty());
}

TEST(DebianMirrorsTest, OfManyArchivesDebiansIsFirst) {
  const auto mirrors = DebianMirrors({
      {{"http://browser.example/deb"}, {"stable"}, {"main"}, "/k/browser.gpg"},
      {{"http://database.example/apt"}, {"bookworm-pgdg"}, {"main"}},
      {{"http://containers.example/linux/debian"}, {"bookworm"}, {"stable"}},
      {{"http://sec.example/debian-security"}, {"bookworm-security"}, {"main"}, kKeyring},
      {{"http://ubuntu.example/ubuntu"}, {"noble"}, {"main"}},
      {{"http://a.example/debian/"}, {"bookworm", "bookworm-updates"}, {"main"}, kKeyring},
      {{"http://a.example/debian/"}, {"bookworm-backports"}, {"main"}, kKeyring},
  });
  EXPECT_THAT(Uris(mirrors), ElementsAre("http://a.example/debian/", "http://browser.example/deb"));
  EXPECT_EQ(mirrors[0].signed_by, kKeyring);
}

TEST(DebianMirrorsTest, AMirrorOfAnotherNameIsOneAsWell) {
  EXPECT_THAT(
      Uris(DebianMirrors(
          {{{"file:/srv/apt"}, {"trixie"}, {"main"}},
           {{"mirror+file:///etc/apt/mirrors/debian.list"}, {"trixie-backports"}, {"main"}}})),
      ElementsAre("mirror+file:///etc/apt/mirrors/debian.list", "file:/srv/apt"));
}

TEST(ReadAptSourcesTest, ReadsBothFormatsInOrderAndNothingElse) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "sources.list.d");
  const auto write = [&](const std::string& name, const std::string& host) {
    const std::string text = name.ends_with(".sources")
                                 ? "Types: deb\nURIs: " + host + "\nSuites: sid\nComponents: main\n"
                                 : "deb " + host + " sid main\n";
    ASSERT_TRUE(WriteText(folder / name, text).ok());
  };
  write("sources.list.d/b.sources", "http://b");
  write("sources.list.d/a.list", "http://a");
  write("sources.list.d/c.list.disabled", "http://c");
  write("sources.list", "http://first");
  std::vector<std::string> uris;
  for (const AptSource& source : ReadAptSources(folder / ".")) uris.push_back(source.uris[0]);
  EXPECT_THAT(uris, ElementsAre("http://first", "http://a", "http://b"));
  EXPECT_THAT(ReadAptSources(folder / "none"), IsEmpty());
}

}  // namespace
}  // namespace khofuzz
