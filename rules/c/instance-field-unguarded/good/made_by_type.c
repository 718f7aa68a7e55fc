/* Near miss: what calling a type gave is filled here, through a macro that another file defines for the cast. */
#include "buckets.h"

typedef struct { PyObject_HEAD int size; int len; long *keys; } Bucket;

static int
grow(Bucket *self)
{
    self->keys = realloc(self->keys, ++self->size * sizeof(long));
    return self->keys == NULL ? -1 : 0;
}

static PyObject *
merge(PyObject *module, PyObject *count)
{
    Bucket *r = BUCKET(PyObject_CallObject(OBJECT(&BucketType), NULL));
    if (r == NULL) {
        return NULL;
    }
    for (long i = 0; i < PyLong_AsLong(count); i++) {
        if (r->len >= r->size && grow(r) < 0) {
            return NULL;
        }
        r->keys[r->len++] = i;
    }
    return (PyObject *)r;
}

static PyMethodDef functions[] = {{"merge", merge, METH_O, ""}, {NULL}};
