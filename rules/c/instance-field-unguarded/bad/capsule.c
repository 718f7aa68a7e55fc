/* What a capsule holds is shared by all who have the capsule, as an object's fields are. */
#include <Python.h>

typedef struct { char *answer; int steps; } session;

static void
step(session *one, const char *text)
{
    if (one->answer != NULL) {  /* FIRES */
        free(one->answer);
    }
    one->answer = strdup(text);  /* FIRES */
}

static PyObject *
session_step(PyObject *module, PyObject *args)
{
    PyObject *capsule;
    const char *text;
    if (!PyArg_ParseTuple(args, "Os", &capsule, &text)) {
        return NULL;
    }
    session *one = (session *)PyCapsule_GetPointer(capsule, "session");
    if (one == NULL) {
        return NULL;
    }
    step(one, text);  /* FIRES */
    Py_RETURN_NONE;
}

static PyObject *
session_answer(PyObject *module, PyObject *capsule)
{
    session *one = PyCapsule_GetPointer(capsule, "session");
    return one == NULL ? NULL : Py_BuildValue("s", one->answer);  /* FIRES */
}

static PyMethodDef methods[] = {
    {"step", session_step, METH_VARARGS, NULL},
    {"answer", session_answer, METH_O, NULL},
    {NULL},
};
