/* A source of the tree's lib/, KF_SOURCE, which the tree's other sources use. */
#include "environment.h"
#include KF_SOURCE
