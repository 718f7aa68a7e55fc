/* Every other way of getting it wrong. */
#include <Python.h>

static PyMutex lock;

static int
jump(PyObject *self, PyObject *list)
{
    Py_BEGIN_CRITICAL_SECTION(list);
    if (PyList_Size(list) < 0) {
        goto error;  /* FIRES */
    }
    Py_END_CRITICAL_SECTION();
    return 0;
error:
    return -1;
}

static void
inside(PyObject *a, PyObject *b)
{
    Py_BEGIN_CRITICAL_SECTION(a);
    Py_BEGIN_CRITICAL_SECTION(b);  /* FIRES */
    PyList_Append(a, b);
    Py_END_CRITICAL_SECTION();
    Py_END_CRITICAL_SECTION();
}

static int
half(int x)
{
    PyMutex_Lock(&lock);
    if (x) {
        return -1;  /* FIRES */
    }
    PyMutex_Unlock(&lock);
    return 0;
}

static void
again(void)
{
    PyMutex_Lock(&lock);
    PyMutex_Lock(&lock);  /* FIRES */
    PyMutex_Unlock(&lock);
    PyMutex_Unlock(&lock);
}

static void
open_end(PyObject *list)
{
    Py_BEGIN_CRITICAL_SECTION(list);  /* FIRES */
    PyList_Append(list, Py_None);
    }
}
