// Pins: mistakes in mixtures of distributions, one at a time, as test_mistakes.c does for
// everything else.
#include "mistakes.h"

static const struct mistake mistakes[] = {
    {T, 14, "    work: {mixture: {share: 50 %, constant: 5 ms}}", 14, 21,
     "needs a list of at least two parts", NULL},
    {T, 14, "    work: {mixture: [{share: 100 %, constant: 5 ms}]}", 14, 21,
     "needs a list of at least two parts", NULL},
    {T, 14, "    work: {mixture: [{share: 91 %, constant: 5 ms}, {share: 8 %, constant: 9 ms}]}",
     14, 21, "the shares sum to 99 %, not to 100 %", NULL},
    {T, 14, "    work: {mixture: [5 ms, {share: 9 %, constant: 9 ms}]}", 14, 22,
     "is a share and a distribution", NULL},
    {T, 14, "    work: {mixture: [{share: 91 %, constant: 5 ms}, {constant: 9 ms}]}", 14, 53,
     "'share' is missing", NULL},
    {T, 14, "    work: {mixture: [{share: 91 %, constant: 5 ms}, {share: 9 %}]}", 14, 53,
     "has no distribution", NULL},
    {T, 14,
     "    work: {mixture: [{share: 91 %, constant: 5 ms}, {share: 9 %, constant: 9 ms, "
     "exponential: {mean: 9 ms}}]}",
     14, 82, "a second distribution", NULL},
    {T, 14, "    work: {mixture: [{share: 91 %, constant: 5 ms}, {shar: 9 %, constant: 9 ms}]}", 14,
     54, "'shar' is no distribution", "share"},
    {T, 14, "    work: {mixture: [{share: 91 %, constant: 5 ms}, {share: 9 %, constnt: 9 ms}]}", 14,
     66, "'constnt' is no distribution", "constant"},
    {T, 14, "    work: {mixture: [{share: 0 %, constant: 5 ms}, {share: 9 %, constant: 9 ms}]}", 14,
     30, "must lie between 0 % and 100 %", NULL},
    {T, 14, "    work: {mixture: [{share: 91, constant: 5 ms}, {share: 9 %, constant: 9 ms}]}", 14,
     30, "'share'", NULL},
    {T, 14, "    work: {mixture: [{share: 91 %, constant: -5 ms}, {share: 9 %, constant: 9 ms}]}",
     14, 46, "must be at least zero", NULL},
    {T, 14,
     "    work: {mixture: [{share: 91 %, constant: 5 ms}, {share: 9 %, mixture: [{share: 50 %, "
     "constant: 1 ms}, {share: 50 %, constant: 2 ms}]}]}",
     14, 75, "may not be a mixture itself", NULL},
    {T, 14,
     "    work: {mixture: [{share: 91 %, constant: 5 ms}, {share: 9 %, pareto: {least: 5 ms, "
     "alpha: 1}}]}",
     14, 74, "'alpha' must exceed 1", NULL},
    {T, 14, "    work: {mixture: [{share: 50 %, constant: 1 s}, {share: 50 %, constant: 1 h}]}", 14,
     11, "'work' is out of range: a mean of", NULL},
};

Test(mixture_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}
