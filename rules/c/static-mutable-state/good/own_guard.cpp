// Near miss: a project's own guard, a lambda that is run once, a function that is run once.
#include <Python.h>
#include <mutex>

static int count;
static int made;
static int filled;
static std::mutex guard;
static std::once_flag once;
static pthread_once_t other = PTHREAD_ONCE_INIT;

class Held {
public:
    explicit Held(std::mutex &mutex) : mutex_(mutex) { mutex_.lock(); }
    ~Held() { mutex_.unlock(); }

private:
    std::mutex &mutex_;
};

static void
fill(void)
{
    filled = 1;
}

static PyObject *
bump(PyObject *self, PyObject *unused)
{
    Held held(guard);
    count++;
    std::call_once(once, [] { made = 1; });
    pthread_once(&other, fill);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"bump", bump, METH_NOARGS, NULL},
    {NULL},
};
