/* Near miss: a capsule's destructor is alone with what it holds, and a capsule of the thread's own dict is its own. */
#include <Python.h>

typedef struct { char *answer; int steps; } session;

static session *
unboxed(PyObject *capsule)
{
    return (session *)PyCapsule_GetPointer(capsule, "session");
}

static void
session_destroy(PyObject *capsule)
{
    session *one = unboxed(capsule);
    if (one->answer != NULL) {
        free(one->answer);
    }
    one->answer = NULL;
    free(one);
}

static void
session_end(PyObject *capsule)
{
    session *one = PyCapsule_GetPointer(capsule, "session");
    free(one->answer);
    one->answer = NULL;
}

static PyObject *
begin(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    session *one = malloc(sizeof(session));
    if (one == NULL) {
        return PyErr_NoMemory();
    }
    one->answer = NULL;
    one->steps = 0;
    return PyCapsule_New(one, "session", module == NULL ? session_destroy : session_end);
}

static PyObject *
answer(PyObject *module, PyObject *text)
{
    PyObject *capsule = PyDict_GetItemString(PyThreadState_GetDict(), "session");
    session *one = PyCapsule_GetPointer(capsule, "session");
    if (one == NULL) {
        return NULL;
    }
    one->answer = NULL;
    one->steps += 1;
    return PyLong_FromLong(one->steps);
}

static PyMethodDef methods[] = {
    {"begin", begin, METH_NOARGS, NULL},
    {"answer", answer, METH_O, NULL},
    {NULL},
};
