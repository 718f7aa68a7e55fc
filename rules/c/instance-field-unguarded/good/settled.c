/* Near miss: the pointers are filled once, under a lock and after a second look, and stay for as long as the object. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *frame; char *data; Py_ssize_t size, wide; PyMutex mutex; } Image;

static PyObject *
image_frame(Image *self, void *closure)
{
    if (self->frame) {
        return Py_NewRef(self->frame);
    }
    PyObject *made = PyList_New(0);
    if (made == NULL) {
        return NULL;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->frame) {
        Py_SETREF(made, Py_NewRef(self->frame));
    }
    else {
        self->frame = Py_NewRef(made);
    }
    Py_END_CRITICAL_SECTION();
    return made;
}

static int
decode(Image *self)
{
    self->data = PyMem_Malloc(self->size);
    self->wide = self->size > 2 ? 2 : 1;
    return self->data != NULL;
}

static PyObject *
image_data(Image *self, void *closure)
{
    PyMutex_Lock(&self->mutex);
    if (!self->data && !decode(self)) {
        PyMutex_Unlock(&self->mutex);
        return PyErr_NoMemory();
    }
    PyMutex_Unlock(&self->mutex);
    return PyMemoryView_FromMemory(self->data, self->size * self->wide, PyBUF_READ);
}

static void
image_dealloc(Image *self)
{
    Py_XDECREF(self->frame);
    PyMem_Free(self->data);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyGetSetDef image_getset[] = {
    {"frame", (getter)image_frame, NULL, NULL, NULL},
    {"data", (getter)image_data, NULL, NULL, NULL},
    {NULL},
};

static PyTypeObject Image_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Image",
    .tp_basicsize = sizeof(Image),
    .tp_dealloc = (destructor)image_dealloc,
    .tp_getset = image_getset,
};
