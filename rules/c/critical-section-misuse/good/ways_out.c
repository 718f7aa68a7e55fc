/* Near miss: loops and switches inside of the section, ends that fit, a lock's own section, a part for locked callers. */
#include <Python.h>

#define FAIL_IF(x) do { if ((x) < 0) { PyMutex_Unlock(&lock); return -1; } } while (0)

typedef struct { PyObject_HEAD PyMutex mutex; int n; char *bytes; } Thing;

static PyMutex lock;
static PyTypeObject Thing_Type;

static void
walk(PyObject *list)
{
    for (int k = 0; k < 3; k++) {
        Py_BEGIN_CRITICAL_SECTION(list);
        for (int i = 0; i < 10; i++) {
            if (i == 5) {
                continue;
            }
            break;
        }
        for (int i = 0; i < 10; i++)
            if (i == 5)
                break;
        switch (k) {
        case 1:
            break;
        }
        Py_END_CRITICAL_SECTION();
    }
}

static void
fitting(Thing *self, PyObject *b)
{
    Py_BEGIN_CRITICAL_SECTION2(self, b);
    self->n++;
    Py_END_CRITICAL_SECTION2();
    Py_BEGIN_CRITICAL_SECTION_MUTEX(&self->mutex);
    self->n++;
    Py_END_CRITICAL_SECTION();
    Py_BEGIN_CRITICAL_SECTION(&Thing_Type);
    self->n++;
    Py_END_CRITICAL_SECTION();
}

static int
gives_back(PyObject *key)
{
    PyMutex_Lock(&lock);
    FAIL_IF(check(key));
    if (build(key) == NULL) {
        goto error;
    }
    PyMutex_Unlock(&lock);
    return 0;
error:
    PyMutex_Unlock(&lock);
    return -1;
}

static void
reset_held(Thing *self)
{
    self->n = 0;
    PyMutex_Unlock(&self->mutex);
    report(self);
    PyMutex_Lock(&self->mutex);
}

static void
reset(Thing *self)
{
    PyMutex_Lock(&self->mutex);
    self->n = 0;
    PyMutex_Unlock(&self->mutex);
}

static void
bump(Thing *self, Thing *other)
{
    PyMutex_Lock(&self->mutex);
    if (++self->n > 10) {
        reset_held(self);
        reset(other);
    }
    PyMutex_Unlock(&self->mutex);
}

static void
fill(Thing *self, PyObject *callback)
{
    PyObject *value = PyObject_CallNoArgs(callback);
    Py_BEGIN_CRITICAL_SECTION(self);
    char *bytes = self->bytes;
    bytes[0] = value == NULL;
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(value);
}

static void
grow(Thing *self)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->bytes = PyMem_Realloc(self->bytes, self->n * 2);
    Py_END_CRITICAL_SECTION();
}
