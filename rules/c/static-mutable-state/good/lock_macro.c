/* Near miss: the lock is taken by a macro that stands as a statement of its own, without brackets. */
#include <Python.h>

static CRITICAL_SECTION table_lock;
#define TABLE_ENTER EnterCriticalSection(&table_lock)
#define TABLE_LEAVE LeaveCriticalSection(&table_lock)

static int used = 0;

static PyObject *
take(PyObject *self, PyObject *unused)
{
    TABLE_ENTER;
    used++;
    TABLE_LEAVE;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"take", take, METH_NOARGS, ""},
    {NULL}
};
