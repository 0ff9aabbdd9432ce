// The outcome of judging for programs.
#ifndef KHOFUZZ_CLI_JUDGE_JSON_H_
#define KHOFUZZ_CLI_JUDGE_JSON_H_

#include <string>

#include "cli/judge/judgement.h"

namespace khofuzz {

// {"seed", "seconds" or "runs_limit", "jobs", "rounds", "targets", "interrupted",
//  "scenarios", "runs",
//  "summary": {"expected", "caught", "percent", "as_declared", "median_op_lines",
//              "longest_op_lines", "median_executions", "finding"},
//  "designs": [{"name", "kind", "what", "source", "declared", "outcome", "executions",
//               "not_exercised", "differed", "detections": [executions or null, by round],
//               "median_executions",
//               "costs": {COST: {"mean", "intended"}, over the runs that held},
//               "cells": {INVARIANT: {"state": "holds", "scenarios", "premises"} or
//                         {"state": "breaks", "scenarios", "premises", "executions",
//                         "after_scenarios",
//                          "seconds", "op_lines", "machine_lines", "shrunk", "target", "file",
//                          "what", "scenario"}}}],
//  "faults"}
// A cell that is not there was not exercised. seconds are 0 where the limit was in runs.
std::string JudgementJson(const Judgement& judgement);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_JSON_H_
