/* Near miss: the old name beside the right one, in words only, and as the project's own. */
#include <Python.h>

/* Once called Py_NOGIL. */
#if defined(Py_GIL_DISABLED) || defined(Py_NOGIL)
#define SHARED 1
#endif

#define Py_GIL_DISABLE 1
#ifdef Py_GIL_DISABLE
#define MINE 1
#endif
