/* The locks are compiled nowhere: the name was changed before the first release that has it. */
#include <Python.h>

#ifdef Py_NOGIL  /* FIRES */
#define ENTER(self) Py_BEGIN_CRITICAL_SECTION(self)
#define LEAVE() Py_END_CRITICAL_SECTION()
#else
#define ENTER(self)
#define LEAVE()
#endif

#if !defined(PYPY_VERSION) && defined(Py_GIL_DISABLE)  /* FIRES */
#define SHARED 1
#endif
