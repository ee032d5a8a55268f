#include "model/session.h"

#include "model/context.h"

struct session_inbox session_open(const struct model *m, struct arena *arena)
{
    return (struct session_inbox){
        .parts = m->n_session_stores == 0
                     ? NULL
                     : arena_push(arena, struct payload_session, m->n_session_stores)};
}

// Tells apart what one sender's messages of one instant are about: they are of different frames.
static uint32_t session_tag(uint64_t call)
{
    return (uint32_t)(call ^ call >> 32);
}

void session_on_marks(const struct context *x, struct session_inbox *in, const struct event *e)
{
    const struct payload_session part = payload_of(e, payload_session);
    if (part.is_first) {
        in->time = x->now;
        in->sender = event_src(e);
        in->tag = part.tag;
        in->n = 0;
    }
    CHECK(in->time == x->now && in->sender == event_src(e) && in->tag == part.tag &&
          in->n < x->model->n_session_stores);
    in->parts[in->n++] = part;
}

// Whether what is there has come with this message: it may be what came with one that nobody waited
// for.
static bool session_is_of(const struct context *x, const struct session_inbox *in,
                          struct session_message message)
{
    return in->n > 0 && in->time == x->now && in->sender == message.lp &&
           in->tag == session_tag(message.call);
}

static struct session_message session_message_of(const struct event *e)
{
    return (struct session_message){event_src(e), event_token(e)};
}

static struct session_mark session_part(const struct payload_session *part)
{
    return (struct session_mark){part->written, part->read};
}

void session_learn(const struct context *x, const struct session_inbox *in, const struct event *e,
                   struct session_mark *marks)
{
    if (!session_is_of(x, in, session_message_of(e)))
        return;
    for (uint32_t i = 0; i < in->n; i++)
        session_see(&marks[in->parts[i].store], session_part(&in->parts[i]));
}

void session_learn_of(const struct context *x, const struct session_inbox *in,
                      const struct event *e, uint16_t store, struct session_mark *mark)
{
    if (!session_is_of(x, in, session_message_of(e)))
        return;
    for (uint32_t i = 0; i < in->n; i++)
        if (in->parts[i].store == store)
            session_see(mark, session_part(&in->parts[i]));
}

static void session_send(const struct context *x, struct payload_session *part,
                         struct session_message to, simtime delay)
{
    part->tag = session_tag(to.call);
    context_send(x, to.lp, delay, EV_SESSION, part, sizeof *part);
}

void session_tell(const struct context *x, const struct session_mark *marks,
                  struct session_message to, simtime delay)
{
    bool is_first = true;
    for (uint32_t i = 0; i < x->model->n_session_stores; i++) {
        struct payload_session part = {.written = marks[i].written,
                                       .read = marks[i].read,
                                       .store = (uint16_t)i,
                                       .is_first = is_first};
        if ((part.written | part.read) == 0)
            continue;
        session_send(x, &part, to, delay);
        is_first = false;
    }
}

void session_tell_of(const struct context *x, uint16_t store, struct session_mark mark,
                     struct session_message to, simtime delay)
{
    struct payload_session part = {
        .written = mark.written, .read = mark.read, .store = store, .is_first = true};
    if ((mark.written | mark.read) != 0)
        session_send(x, &part, to, delay);
}

void session_readdress(const struct context *x, struct session_inbox *in, const struct event *e,
                       struct session_message to)
{
    if (!session_is_of(x, in, session_message_of(e)))
        return;
    in->sender = to.lp;
    in->tag = session_tag(to.call);
}

void session_pass(const struct context *x, struct session_inbox *in, struct session_message from,
                  struct session_message to, simtime delay)
{
    if (!session_is_of(x, in, from))
        return;
    for (uint32_t i = 0; i < in->n; i++)
        session_send(x, &in->parts[i], to, delay);
    in->n = 0;
}
