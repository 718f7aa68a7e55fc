/* Near miss: one thread fills it while all others wait; and a table that an import fills before anything else. */
#include <Python.h>
#include <pthread.h>

static pthread_once_t chosen = PTHREAD_ONCE_INIT;
static int implementation;
static void **Other_API;

static void
choose(void)
{
    implementation = 1;
}

static int
import_other_api(void)
{
    Other_API = (void **)PyCapsule_Import("other._C_API", 0);
    return Other_API == NULL ? -1 : 0;
}

static PyObject *
run(PyObject *module, PyObject *unused)
{
    pthread_once(&chosen, choose);
    return PyLong_FromLong(implementation + (Other_API != NULL) + import_other_api());
}

static PyMethodDef methods[] = {{"run", run, METH_NOARGS, ""}, {NULL}};
