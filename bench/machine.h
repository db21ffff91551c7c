/* What the figures were measured on, for the head of every report. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

struct machine {
    char date[32]; /* UTC */
    char processor[128];
    unsigned processors;
    double memory_gib;
    char kernel[200];
    char libc[32];
    char compiler[64];
    double load_average; /* of the minute before: others at work make noise */
};

struct machine machine_describe(void);

#endif
