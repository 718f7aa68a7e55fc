/* Near miss: what one call constructs out of several things is its own, whoever it hands it to. */
#include <Python.h>
#include <memory>
#include <vector>

class State {
 public:
    State(int size, int seed);
    std::vector<float> hidden;
};

class Model {
 public:
    void compute(int input, State &state) { state.hidden.clear(); state.hidden.push_back(input); }
    void update(int input, State &state) { compute(input, state); state.hidden.push_back(1.0); }
    void train(int input) { State state(size_, 1); update(input, state); update(input, state); }
    int size_;
};

struct ModelObject { PyObject_HEAD Model *model; };

static PyObject *
train(ModelObject *self, PyObject *unused)
{
    self->model->train(3);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"train", (PyCFunction)train, METH_NOARGS, ""}, {NULL}};
