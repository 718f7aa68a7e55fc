/* Near miss: each thread has its own way back. */
#include <Python.h>
#include <setjmp.h>

static _Thread_local jmp_buf out_of_memory;

static void *need(size_t size)
{
    void *found = malloc(size);
    if (found == NULL)
        longjmp(out_of_memory, 1);
    return found;
}

static PyObject *twice(PyObject *self, PyObject *arg)
{
    jmp_buf own;
    if (setjmp(out_of_memory) || setjmp(own))
        return PyErr_NoMemory();
    char *room = need(2 * PyLong_AsSize_t(arg));
    free(room);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"twice", twice, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
