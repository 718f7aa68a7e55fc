/* Near miss: a class of a C++ library that no code which knows Python speaks of; the GIL never guarded it. */
#include <functional>

class Parser {
public:
    void feed(int n);
    int size();

private:
    int size_;
};

void Parser::feed(int n)
{
    size_ = n;
}

int Parser::size()
{
    return size_;
}

static void later(Queue &queue)
{
    queue.add(&Parser::feed);
    queue.add(&Parser::size);
}
