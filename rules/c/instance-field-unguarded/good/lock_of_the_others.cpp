/* Near miss: a helper that only runs where its callers hold the lock, what is filled before others have the object, a map
   that nobody changes later, and one that has no lock anywhere. */
#include <Python.h>
#include <mutex>
#include <unordered_map>

class Reader {
public:
    explicit Reader(int size);
    ~Reader();
    void add(int key, Frame frame);
    PyObject *frame(int key);
    PyObject *constant(int key);
    PyObject *own(int key);
    void open(int size);

private:
    PyObject *look(int key);
    void grow(int size);
    std::mutex mutex_;
    std::unordered_map<int, Frame> frames_;
    std::unordered_map<int, Frame> constants_;
    std::unordered_map<int, Frame> own_;
};

Reader::Reader(int size)
{
    frames_.reserve(size);
    constants_.insert({0, Frame()});
    grow(size);
}

Reader::~Reader()
{
    frames_.clear();
}

void Reader::add(int key, Frame frame)
{
    std::unique_lock<std::mutex> hold(mutex_);
    frames_.insert({key, frame});
    grow(key);
    constants_.at(key);
}

PyObject *Reader::look(int key)
{
    return frames_.at(key).to_python();
}

void Reader::grow(int size)
{
    frames_.reserve(size);
}

PyObject *Reader::frame(int key)
{
    std::lock_guard<std::mutex> hold(mutex_);
    return look(key);
}

PyObject *Reader::constant(int key)
{
    return constants_.at(key).to_python();
}

PyObject *Reader::own(int key)
{
    own_.insert({key, Frame()});
    return own_.at(key).to_python();
}

void Reader::open(int size)
{
    frames_.reserve(size);
}
