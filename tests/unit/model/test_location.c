// Pins: which texts are locations and blocks of addresses, and which place lies in which, by Route
// 53's rules: the more specific the nearer; the finer part of a place that is not known is in no
// record. Not pinned: the table of countries as a whole.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "model/location.h"

static double distance(const char *place, const char *record)
{
    struct location p, r;
    cr_assert(location_parse(place, &p) && location_parse(record, &r), "%s, %s", place, record);
    return location_distance(&p, &r);
}

Test(location, the_more_specific_the_nearer)
{
    cr_expect_eq(distance("subdivision US-CA", "subdivision US-CA"), 0);
    cr_expect_eq(distance("subdivision US-CA", "country US"), 1);
    cr_expect_eq(distance("subdivision US-CA", "continent NA"), 2);
    cr_expect_eq(distance("subdivision US-CA", "default"), 3);
    cr_expect_eq(distance("country DE", "continent EU"), 2);
    cr_expect_eq(distance("country NA", "continent AF"), 2, "Namibia, not North America");
    cr_expect_eq(distance("country AS", "continent OC"), 2, "American Samoa, not Asia");
    cr_expect_eq(distance("default", "default"), 3);
}

Test(location, what_lies_elsewhere_or_is_not_known)
{
    cr_expect(isinf(distance("subdivision US-CA", "subdivision US-NV")));
    cr_expect(isinf(distance("country US", "subdivision US-CA")));
    cr_expect(isinf(distance("country DE", "country FR")));
    cr_expect(isinf(distance("country DE", "continent AS")));
    cr_expect(isinf(distance("continent EU", "country DE")));
    cr_expect(isinf(distance("default", "continent EU")));
}

Test(location, what_is_none)
{
    static const char *const wrong[] = {"",
                                        "Europe",
                                        "continent",
                                        "continent ",
                                        "continent XX",
                                        "continent eu",
                                        "country",
                                        "country XX",
                                        "country D",
                                        "country DEU",
                                        "subdivision DE-BY",
                                        "subdivision US-",
                                        "subdivision US-XX",
                                        "default ",
                                        "country A "};
    struct location l;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        cr_expect_not(location_parse(wrong[i], &l), "'%s'", wrong[i]);
}

Test(location, blocks_of_addresses)
{
    struct cidr whole, half, one, none;
    cr_assert(cidr_parse("10.0.0.0/8", &whole) && cidr_parse("10.128.0.0/9", &half));
    cr_assert(cidr_parse("10.200.3.4", &one) && cidr_parse("none", &none));
    cr_expect(cidr_contains(&whole, &half) && cidr_contains(&half, &one));
    cr_expect(cidr_contains(&whole, &whole));
    cr_expect_not(cidr_contains(&half, &whole));
    cr_expect_not(cidr_contains(&whole, &none));
    cr_expect_not(cidr_contains(&none, &one));
    static const char *const wrong[] = {"",           "10",          "10.0.0",      "10.0.0.0/33",
                                        "10.0.0.1/8", "256.0.0.0/8", "10.0.0.0/8x", "10.0.0.0/",
                                        "a.b.c.d",    "10.0.0.0.0",  "-1.0.0.0"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        cr_expect_not(cidr_parse(wrong[i], &one), "'%s'", wrong[i]);
}
