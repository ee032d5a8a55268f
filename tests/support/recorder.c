#include "recorder.h"

#include "base/base.h"

enum { RECORDER_FIRST_SLOTS = 1 << 16 };

static bool recorder_is(const struct recorder *rec, size_t number, uint32_t item, uint64_t version)
{
    const struct history_operation *o = &rec->history.operations.items[number - 1];
    return o->key == item && o->value == version;
}

// Where a write's number is, or belongs.
static size_t *recorder_slot(struct recorder *rec, uint32_t item, uint64_t version)
{
    size_t slot = (size_t)((version ^ (uint64_t)item << 48) * UINT64_C(0x9E3779B97F4A7C15) >> 20);
    while (rec->writes[slot & rec->mask] != 0 &&
           !recorder_is(rec, rec->writes[slot & rec->mask], item, version))
        slot++;
    return &rec->writes[slot & rec->mask];
}

static void recorder_take(struct recorder *rec, const struct store_history_operation *o)
{
    const struct history_operation write = {
        .key = o->item, .process = o->member, .kind = HISTORY_WRITE, .invoked = o->invoked};
    const size_t i = history_invoke(&rec->history, &write);
    history_assign(&rec->history, i, o->version);
    REQUIRE(2 * i < rec->mask, "a history of %zu writes and reads", i);
    size_t *slot = recorder_slot(rec, o->item, o->version);
    REQUIRE(*slot == 0, "version %llu of item %u twice", (unsigned long long)o->version, o->item);
    *slot = i + 1;
}

static void recorder_answer_write(struct recorder *rec, const struct store_history_operation *o)
{
    const size_t number = *recorder_slot(rec, o->item, o->version);
    REQUIRE(number != 0, "version %llu of item %u was not taken", (unsigned long long)o->version,
            o->item);
    rec->history.operations.items[number - 1].process = o->member;
    history_return(&rec->history, number - 1, o->returned, o->version);
}

static void recorder_answer_read(struct recorder *rec, const struct store_history_operation *o)
{
    const struct history_operation read = {.value = o->version,
                                           .invoked = o->invoked,
                                           .returned = o->returned,
                                           .key = o->item,
                                           .process = o->member,
                                           .kind = HISTORY_READ,
                                           .ok = true};
    history_add(&rec->history, &read);
}

static void recorder_note(void *argument, const struct store_history_operation *o)
{
    struct recorder *rec = argument;
    if (o->store != rec->store)
        return;
    if (o->outcome == STORE_HISTORY_TAKEN)
        recorder_take(rec, o);
    else if (o->outcome == STORE_HISTORY_OK && o->is_write)
        recorder_answer_write(rec, o);
    else if (o->outcome == STORE_HISTORY_OK)
        recorder_answer_read(rec, o);
    rec->n_unknown += o->outcome == STORE_HISTORY_UNKNOWN && o->is_write;
}

void recorder_open(struct recorder *rec, struct world *w, uint16_t store)
{
    *rec = (struct recorder){.hook = {recorder_note, rec},
                             .store = store,
                             .writes = array_new(size_t, RECORDER_FIRST_SLOTS),
                             .mask = RECORDER_FIRST_SLOTS - 1};
    w->history = &rec->hook;
}

void recorder_close(struct recorder *rec)
{
    history_free(&rec->history);
    array_release(rec->writes);
}
