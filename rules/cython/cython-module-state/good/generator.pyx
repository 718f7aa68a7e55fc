# Near miss: a generator of the call's own, what is only asked how it is, and what is set up once.
cdef extern from "draw.h":
    ctypedef void* draw_rand_t
    ctypedef struct tally_struct:
        pass
    ctypedef tally_struct tally_t[1]
    void draw_rand_init(draw_rand_t state)
    void draw_number(long* to, draw_rand_t state, long limit)
    size_t draw_rand_size(draw_rand_t state)
    void tally_init(tally_t tally)
    long tally_of(const tally_t tally, long candidate)

cdef draw_rand_t shared_state
cdef tally_t tally


def set_up():
    tally_init(tally)


def size():
    return draw_rand_size(shared_state)


def number(long limit):
    cdef long drawn
    cdef draw_rand_t own
    draw_rand_init(own)
    draw_number(&drawn, own, limit)
    return drawn


def votes(long candidate):
    return tally_of(tally, candidate)
