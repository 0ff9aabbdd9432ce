# The targets under ctest: their corpora replayed, and a short run of each with a fixed seed.

foreach(target IN LISTS KHOFUZZ_TARGETS)
  # A script looks for the files when it runs: a build need not look whether there are new ones.
  add_test(NAME replay.${target}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/with_corpus.sh replay ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set_tests_properties(replay.${target} PROPERTIES TIMEOUT 300)

  if(KHOFUZZ_LIBFUZZER AND NOT KHOFUZZ_FUZZING_ENGINE)
    # Runs, not seconds: how far it comes does not depend on the machine.
    add_test(NAME smoke.${target}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/with_corpus.sh fuzz ${CMAKE_CURRENT_BINARY_DIR}/${target}
        -runs=3000 -seed=1 -timeout=30 -rss_limit_mb=2048
        -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/smoke-)
    set_tests_properties(smoke.${target} PROPERTIES TIMEOUT 600 LABELS slow)
  endif()
endforeach()

if(KHOFUZZ_LIBFUZZER AND NOT KHOFUZZ_FUZZING_ENGINE)
  # A harness that finds nothing might be blind: the canary must be found from nothing.
  add_test(NAME smoke.canary
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/with_corpus.sh nothing ${CMAKE_CURRENT_BINARY_DIR}/canary
      -runs=2000000 -seed=1
      -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/smoke-)
  set_tests_properties(smoke.canary PROPERTIES TIMEOUT 600 LABELS slow
    PASS_REGULAR_EXPRESSION "khofuzz: canary is broken")

  add_test(NAME smoke.pauses
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/pauses.sh ${CMAKE_CURRENT_BINARY_DIR}/fuzz_boot)
  set_tests_properties(smoke.pauses PROPERTIES TIMEOUT 300 LABELS slow)

  # Every quirk of the parts is found by a target.
  add_test(NAME smoke.quirks
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/find_quirks.sh ${CMAKE_CURRENT_BINARY_DIR})
  set_tests_properties(smoke.quirks PROPERTIES TIMEOUT 900 LABELS slow)
endif()

# The program by a name that is no target's.
add_test(NAME targets.OfNoName COMMAND khofuzz_targets)
set_tests_properties(targets.OfNoName PROPERTIES
  PASS_REGULAR_EXPRESSION "no target is called khofuzz_targets: .*fuzz_boot")
