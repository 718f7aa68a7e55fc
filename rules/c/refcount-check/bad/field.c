/* The field does not exist on a free-threaded build. */
#include <Python.h>

static int
alone(PyObject *ob)
{
    return ob->ob_refcnt == 1;  /* FIRES */
}
