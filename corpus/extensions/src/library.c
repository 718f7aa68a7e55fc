/* A plain library with a name that importers would look at, and no hook of that name. */
#include "pyabi.h"

EXPORT int answer(void) { return 42; }
EXPORT PyObject *PyInit_other(void) { return 0; }
