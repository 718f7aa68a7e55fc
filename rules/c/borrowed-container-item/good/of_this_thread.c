/* Near miss: the dict of a thread state is reached by its own thread alone. */
#include <Python.h>

static PyObject *key;

void *
context_of_this_thread(void)
{
    PyObject *mine = PyThreadState_GetDict();
    PyObject *capsule = PyDict_GetItem(mine, key);
    if (capsule == NULL) {
        return NULL;
    }
    return PyCapsule_GetPointer(capsule, "context");
}
