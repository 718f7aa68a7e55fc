/* Written once the lock is given back. */
#include <Python.h>
#include <pthread.h>

static pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER;
static int left;  /* FIRES */

static PyObject *
give(PyObject *self, PyObject *unused)
{
    pthread_mutex_unlock(&all);
    left = left + 1;  /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"give", give, METH_NOARGS, ""}, {NULL}};
