#include <Python.h>
#include <setjmp.h>

static jmp_buf out_of_memory; /* FIRES */

static void *need(size_t size)
{
    void *found = malloc(size);
    if (found == NULL)
        longjmp(out_of_memory, 1); /* FIRES */
    return found;
}

static PyObject *twice(PyObject *self, PyObject *arg)
{
    if (setjmp(out_of_memory)) /* FIRES: another thread's way back replaces this one */
        return PyErr_NoMemory();
    char *room = need(2 * PyLong_AsSize_t(arg));
    free(room);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"twice", twice, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
