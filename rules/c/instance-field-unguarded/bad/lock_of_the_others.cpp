/* Who changes the map takes the lock of the class, and one reader does; the other, which no other code here calls, does not. */
#include <Python.h>
#include <mutex>
#include <unordered_map>

class Reader {
public:
    void add(int key, Frame frame);
    PyObject *all();
    PyObject *frame(int key);

private:
    std::mutex mutex_;
    std::unordered_map<int, Frame> frames_;
};

void Reader::add(int key, Frame frame)
{
    std::lock_guard<std::mutex> hold(mutex_);
    frames_.insert({key, frame});
}

PyObject *Reader::all()
{
    std::lock_guard<std::mutex> hold(mutex_);
    return to_list(frames_);
}

PyObject *Reader::frame(int key)
{
    return frames_.at(key).to_python();  /* FIRES */
}
