/* Filled under a lock after a second look, but another method fills it anew: who holds no lock may use what is gone. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *frame; PyMutex mutex; } Image;

static PyObject *
image_frame(Image *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *made = PyList_New(0);
    if (made == NULL) {
        return NULL;
    }
    PyMutex_Lock(&self->mutex);
    if (self->frame == NULL) {
        self->frame = Py_NewRef(made);
    }
    PyMutex_Unlock(&self->mutex);
    Py_DECREF(made);
    return Py_NewRef(self->frame);  /* FIRES */
}

static PyObject *
image_refresh(Image *self, PyObject *frame)
{
    PyMutex_Lock(&self->mutex);
    Py_XSETREF(self->frame, Py_NewRef(frame));
    PyMutex_Unlock(&self->mutex);
    Py_RETURN_NONE;
}

static PyMethodDef image_methods[] = {
    {"frame", (PyCFunction)image_frame, METH_NOARGS, NULL},
    {"refresh", (PyCFunction)image_refresh, METH_O, NULL},
    {NULL},
};
