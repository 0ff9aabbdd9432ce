// A story as a page: the drawings, what is broken, and the two designs side by side.
#ifndef KHOFUZZ_CLI_COMMANDS_STORY_PAGE_H_
#define KHOFUZZ_CLI_COMMANDS_STORY_PAGE_H_

#include <string>
#include <string_view>

#include "cli/commands/story.h"

namespace khofuzz {

// The lines of both designs beside each other, as an HTML table; empty where no story was recorded.
// Rows that differ have the class "differs", the first of them "first" too; where the violation
// shows, "breaks".
std::string StoryTable(const Telling& telling, const Scenario& scenario, std::string_view design);
// What the table needs of a page's style sheet.
extern const char* const kStoryTableStyle;

// One self-contained page. The text is a function of the telling alone.
std::string StoryPage(const Telling& telling, const Scenario& scenario, std::string_view title,
                      std::string_view design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_STORY_PAGE_H_
