/* Near miss: every path gives the lock back, two objects are locked at once, two locks are two, and what could not be had is not given back. */
#include <Python.h>

static PyMutex lock, other;

static int
both_ways(int x)
{
    PyMutex_Lock(&lock);
    if (x) {
        PyMutex_Unlock(&lock);
        return -1;
    }
    PyMutex_Lock(&other);
    PyMutex_Unlock(&other);
    PyMutex_Unlock(&lock);
    return 0;
}

static void
two(PyObject *a, PyObject *b)
{
    Py_BEGIN_CRITICAL_SECTION2(a, b);
    PyList_Append(a, b);
    Py_END_CRITICAL_SECTION2();
}

static void
take(void)
{
    PyMutex_Lock(&lock);
}

static int
cleans_up(int x)
{
    PyMutex_Lock(&lock);
    if (x) {
        goto out;
    }
out:
    PyMutex_Unlock(&lock);
    return 0;
}

static int
not_taken(Connection *self)
{
    if (!PyThread_acquire_lock(self->lock, NOWAIT_LOCK)) {
        return -1;
    }
    self->n = 1;
    PyThread_release_lock(self->lock);
    return 0;
}
