/* Near miss: what ends with a thread attaches by itself, threads have a helper of this file or of another attach them,
   one without Python in it, and a function that a method calls too. */
#include <Python.h>
#include <pthread.h>

static pthread_key_t key;

static void
drop(void *value)
{
    PyGILState_STATE state = PyGILState_Ensure();
    Py_XDECREF((PyObject *)value);
    PyGILState_Release(state);
}

static void *
work(void *given)
{
    enter_gil();
    Py_XDECREF((PyObject *)given);
    leave_gil();
    return NULL;
}

static PyGILState_STATE
begin(void)
{
    return PyGILState_Ensure();
}

static void *
helped(void *given)
{
    begin();
    Py_XDECREF((PyObject *)given);
    return NULL;
}

static void *
count(void *given)
{
    *(int *)given += 1;
    return NULL;
}

static void *
both(void *given)
{
    Py_XDECREF((PyObject *)given);
    return NULL;
}

static PyObject *
start(PyObject *self, PyObject *unused)
{
    pthread_t id;
    pthread_key_create(&key, drop);
    pthread_create(&id, NULL, work, self);
    pthread_create(&id, NULL, helped, self);
    pthread_create(&id, NULL, count, self);
    pthread_create(&id, NULL, both, self);
    both(self);
    Py_RETURN_NONE;
}
