# The targets under ctest: their corpora replayed, and a short run of each with a fixed seed.

foreach(target IN LISTS KHOFUZZ_TARGETS)
  # Every file of the corpora, one after another, through the very binary that fuzzes. Files, not
  # folders: libFuzzer would add what it finds to a folder.
  file(GLOB inputs CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/corpus/seeds/${target}/*.kho
    ${PROJECT_SOURCE_DIR}/corpus/regressions/${target}/*.kho)
  add_test(NAME replay.${target} COMMAND ${target} ${inputs})
  set_tests_properties(replay.${target} PROPERTIES TIMEOUT 300)

  if(KHOFUZZ_LIBFUZZER AND NOT KHOFUZZ_FUZZING_ENGINE)
    # Runs, not seconds: how far it comes does not depend on the machine.
    string(REPLACE ";" "," seeds "${inputs}")
    add_test(NAME smoke.${target}
      COMMAND ${target} -runs=3000 -seed=1 -max_len=4096 -len_control=0 -timeout=30 -rss_limit_mb=2048
        -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/smoke- -seed_inputs=${seeds})
    set_tests_properties(smoke.${target} PROPERTIES TIMEOUT 600 LABELS slow)
  endif()
endforeach()

if(KHOFUZZ_LIBFUZZER AND NOT KHOFUZZ_FUZZING_ENGINE)
  # A harness that finds nothing might be blind: the canary must be found from nothing.
  add_test(NAME smoke.canary
    COMMAND canary -runs=2000000 -seed=1 -max_len=4096 -len_control=0
      -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/smoke-)
  set_tests_properties(smoke.canary PROPERTIES TIMEOUT 600 LABELS slow
    PASS_REGULAR_EXPRESSION "khofuzz: canary is broken")

  # Every quirk of the parts is found by a target.
  add_test(NAME smoke.quirks
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/find_quirks.sh ${CMAKE_CURRENT_BINARY_DIR})
  set_tests_properties(smoke.quirks PROPERTIES TIMEOUT 900 LABELS slow)
endif()
