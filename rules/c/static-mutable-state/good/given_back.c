/* Near miss: written after the lock was taken and before it is given back, in functions that do one of both; and the
   lock itself, which is a number that threads spin for where there is no other. */
#include <Python.h>
#include <pthread.h>

static volatile int held;

#ifdef HAVE_PTHREAD
static pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER;
int enter(void) { int no = pthread_mutex_lock(&all); if (no == 0) { held = 1; } return no; }
int leave(void) { if (held == 0) { return -1; } held = 0; return pthread_mutex_unlock(&all); }
#else
static volatile int all;
int enter(void) { while (__sync_lock_test_and_set(&all, 1) != 0) { } return 0; }
int leave(void) { __sync_lock_release(&all); return 0; }
#endif

static PyObject *
both(PyObject *self, PyObject *unused)
{
    if (enter() == 0) {
        leave();
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"both", both, METH_NOARGS, ""}, {NULL}};
