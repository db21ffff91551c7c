/* Each row is a meeting of two or three threads at one place of the allocator. */
#include "scenarios.h"

#include <stddef.h>

const char *const scenarios_table = TABLE;

/* Thread 2 fills the depot with eight batches, exits, and calls on until one more slow call will
   look around for the second time; it holds one block. */
#define AF8   "afafafafafafafaf"
#define WOUND "2aaaaaaaaffffffffx" AF8 AF8 "afafafafafafafa"

/* clang-format off */
const struct scenario scenarios[] = {
    /* name                                  table      before               scripts              bound caches commits fails gives back */
    {"depot: pop against pop and push",      "direct",  "0aaaa>1>1 0ff",     {"aaf", "aff"},        -1, 0, -1, true, false},
    {"depot: two pools, one idle stack",     "direct",  "0aAa>1 0A>1 0aA",   {"fff", "ffa"},        -1, 0, -1, true, false},
    {"depot: last batch for two",            "direct",  "0aaaa f",           {"afa", "afa"},        -1, 0, -1, true, false},
    {"carve: the end of a pool",             "direct",  "0aa",               {"aaa", "aaa"},        -1, 0, -1, true, false},
    {"carve: against push",                  "direct",  "0aaa>1",            {"aaf", "faa"},        -1, 0, -1, true, false},
    {"depot: three threads",                 "direct",  "0aaaa>1>2 0f",      {"af", "fa", "fa"},     3, 0, -1, true, false},
    {"depot: three threads, two pools",      "direct",  "0aAaA>1>1 0a>2 0A>2", {"ff", "ffa", "fa"},  2, 0, -1, true, false},
    {"first calls of two threads",           "cached",  "",                  {"aff", "afa"},        -1, 2, -1, true, false},
    {"first call is a free",                 "cached",  "2aaaa>0>1>0>1",     {"ffa", "ffa"},        -1, 3, -1, true, false},
    {"spare batches to the depot and back",  "cached",  "0aaaaaa>1>1>1",     {"fffa", "fffa"},      -1, 1, -1, true, false},
    {"exit against a miss",                  "cached",  "0aaaaff 1f",        {"ffx", "aaa"},        -1, 1, -1, true, false},
    {"exit against a first call",            "cached",  "0aaaffa",           {"ffx", "aaf"},        -1, 2, -1, true, false},
    {"two exits, one adoption",              "cached",  "0aa 1aa",           {"ffx", "ffx", "aa"},   2, 2, -1, true, false},
    {"take-over of what an exit left",       "cached",  "0aaaafff>1 0x 1f",  {"aaf", "aaa"},        -1, 2, -1, true, false},
    {"calls after the destructors",          "cached",  "0aaffx",            {"aff", "aax"},        -1, 2, -1, true, false},
    {"no memory for caches: strays",         "cached",  "0aaaa>1>1>1",       {"faa", "fff"},        -1, 0, -1, true, false},
    {"flush against a miss",                 "cached",  "0aaaaff>1 0f 1f",   {"fla", "aaa"},        -1, 1, -1, true, false},
    {"trim against a miss",                  "cached",  "0aaaaff 1f",        {"fta", "aaf"},        -1, 1, -1, true, false},
    {"three threads come and go",            "cached",  "",                  {"afx", "afx", "afx"},  2, 3, -1, true, false},
    {"partial lists and windows, exit",      "pairs",   "0aaa>1>1",          {"fxa", "faf"},        -1, 2, -1, true, false},
    {"partial lists and windows, take-over", "pairs",   "0aaaa>1>1 0fx",     {"afa", "ffa"},        -1, 2, -1, true, false},
    {"a partial list left to a miss",        "pairs",   "0aaaa",             {"fxf", "aaa"},        -1, 2, -1, true, false},
    {"a partial list left to a new thread",  "pairs",   "0aaaa>1",           {"fx",  "fa", "a"},     3, 2, -1, true, false},
    {"windows at the end of a pool",         "pairs",   "",                  {"aaa", "aaa"},        -1, 2, -1, true, false},
    {"two threads grow",                     "growing", "0a",                {"aaf", "aaf"},        -1, 2, -1, false, false},
    {"two threads grow, exit between",       "growing", "0aa 1a",            {"afx", "aaa"},        -1, 2, -1, false, false},
    {"segments end, two threads grow",       "growing", "0aaaa 1a",          {"aaa", "aaa"},        -1, 2, -1, false, false},
    {"three threads grow",                   "growing", "",                  {"aa", "aa", "aa"},     2, 3, -1, false, false},
    {"growth ends for two",                  "growing", "0aaaaaaaaaaa",      {"aaf", "aaf"},        -1, 2, -1, true, false},
    {"commit refused while growing",         "growing", "0a",                {"aaf", "aaf"},        -1, 2,  3, true, false},
    {"two pools grow",                       "mixed",   "0aA",               {"aaf", "AAf"},        -1, 2, -1, false, false},
    {"two pools come to growth's end",       "mixed",   "0aAAAAA",           {"aAa", "AaA"},        -1, 2, -1, true, false},
    {"trim against growth",                  "growing", "0aaaaffff",         {"ta",  "aaa"},        -1, 2, -1, false, true},
    {"trim against trim",                    "growing", "0aaa>1 0ff 1a",     {"ft",  "ft"},         -1, 2, -1, false, true},
    {"trim against exit",                    "growing", "0aaaaff 1a",        {"t",   "fx", "aa"},    2, 3, -1, false, true},
    {"zeroed blocks after trim",             "growing", "0aaaafff",          {"tcc", "fcc"},        -1, 2, -1, false, true},
    {"memory goes back beside a miss",       "auto",    WOUND ">1",          {"a",   "fa"},         -1, 2, -1, false, true},
    {"memory goes back beside an exit",      "auto",    "1a " WOUND ">1 1f", {"a",   "fx"},          3, 2, -1, false, true},
    {NULL, NULL, NULL, {NULL}, 0, 0, 0, false, false},
};

const struct situation situations[] = {
    {"a depot with two batches", "direct",  "0aaaa>1>1 0f 1f",     "af",   true},
    {"two pools",                "direct",  "0aaAA>1>1 0a>1 0A>1", "aAf",  true},
    {"a new program",            "cached",  "",                    "afxl", true},
    {"caches with spares",       "cached",  "0aaaa>1>1 1f 0f",     "afxl", true},
    {"a new program",            "pairs",   "",                    "afx",  true},
    {"caches with pairs",        "pairs",   "0aaaa>1>1 1f 0f",     "afx",  true},
    {"a pool that must grow",    "growing", "0a 1a",               "afx",  false},
    {"blocks to give back",      "growing", "0aaaa>1 0f 1a",       "aft",  false},
    {"two pools that must grow", "mixed",   "0aA",                 "aAf",  true},
    {NULL, NULL, NULL, NULL, false},
};
/* clang-format on */
