#include "model/fates.h"

enum { FATES_FIRST_MARKS = 1 << 16 }; // bits; more are made when needed

void fates_open(struct fates *f, int n_members)
{
    *f = (struct fates){0};
    marks_reserve(&f->died, FATES_FIRST_MARKS);
    for (int m = 0; m < n_members; m++) {
        marks_reserve(&f->acknowledged[m], FATES_FIRST_MARKS);
        marks_reserve(&f->overwritten[m], FATES_FIRST_MARKS);
        marks_reserve(&f->discarded[m], FATES_FIRST_MARKS);
    }
}

void fates_free(struct fates *f)
{
    marks_free(&f->died);
    marks_free(&f->conditional);
    for (int m = 0; m < STORE_MAX_MEMBERS; m++) {
        marks_free(&f->acknowledged[m]);
        marks_free(&f->overwritten[m]);
        marks_free(&f->discarded[m]);
        marks_free(&f->committed[m]);
    }
}
