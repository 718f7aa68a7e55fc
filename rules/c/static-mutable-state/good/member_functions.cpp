/* Near miss: one object's class has a lock of its own, the other's functions only tell, and the third's are called under one. */
#include <Python.h>
#include <mutex>

class Engine {
public:
    void load(int face)
    {
        std::lock_guard<std::mutex> guard(m_mutex);
        m_face = face;
    }

private:
    std::mutex m_mutex;
    int m_face;
};

class Scale {
public:
    Scale() { m_width = 1; }
    double width() const { return m_width; }

private:
    double m_width;
};

class Plain {
public:
    void adjust(int face) { m_face = face; }

private:
    int m_face;
};

static Engine engine;
static Scale scale;
static Plain plain;
static PyMutex lock;

static PyObject *do_load(PyObject *self, PyObject *number)
{
    engine.load(1);
    PyMutex_Lock(&lock);
    plain.adjust(2);
    PyMutex_Unlock(&lock);
    return PyFloat_FromDouble(scale.width());
}

static PyMethodDef methods[] = {
    {"load", do_load, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
