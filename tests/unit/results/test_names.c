#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/stream.h"
#include "results/names.h"

Test(names, agrees_with_a_plain_list)
{
    static char pool[200][8];
    for (int i = 0; i < 200; i++)
        snprintf(pool[i], sizeof pool[i], "n%d", i * 37 % 1000);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct stream s = stream_open(seed, 0, "names", "program");
        struct names names = {0};
        const char *plain[200];
        size_t n = 0;
        for (int step = 0; step < 600; step++) {
            const char *name = pool[stream_below(&s, 200)];
            size_t expected = 0;
            while (expected < n && strcmp(plain[expected], name) != 0)
                expected++;
            if (expected == n)
                plain[n++] = name;
            cr_assert_eq(names_add(&names, name), expected);
            cr_assert_eq(names.list.n, n);
        }
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(names.list.items[i], plain[i]);
        names_free(&names);
    }
}

Test(names, equal_text_at_another_address_is_the_same_name)
{
    char first[] = "eu-west-1", second[] = "eu-west-1";
    struct names names = {0};
    cr_assert_eq(names_add(&names, first), 0u);
    cr_assert_eq(names_add(&names, ""), 1u);
    cr_assert_eq(names_add(&names, second), 0u);
    names_free(&names);
}
