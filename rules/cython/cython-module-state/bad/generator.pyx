# Each number that is drawn changes the state of the generator that all threads share.
cdef extern from "draw.h":
    ctypedef void* draw_rand_t
    ctypedef struct tally_struct:
        pass
    ctypedef tally_struct tally_t[1]
    void draw_rand_init(draw_rand_t state)
    void draw_number(long* to, draw_rand_t state, long limit)
    void tally_vote(tally_t tally, long candidate)

cdef draw_rand_t shared_state
draw_rand_init(shared_state)
cdef tally_t tally


def number(long limit):
    cdef long drawn
    draw_number(&drawn, shared_state, limit)  # FIRES
    return drawn


def vote(long candidate):
    tally_vote(tally, candidate)  # FIRES
