/* A sensor node: an interrupt every millisecond takes a reading and queues it; the main loop logs,
   packs readings into frames, and has a radio send them. All of them are blocks of the pools of
   pools.yaml. For a while the loop is busy with its flash, so that readings pile up until their
   pool is at its end. Then it prints what the pools went through. It does what it does by the count
   of ticks, so that it prints the same on every chip. */
#include "allocator.h"
#include "board.h"
#include "port.h"

void *memcpy(void *restrict to, const void *restrict from,
             size_t bytes); /* of memory.c, where there is no <string.h> */

enum {
    TICKS = 1000,            /* how long it runs */
    CLOCKS_PER_TICK = 25000, /* 1 ms at 25 MHz */
    QUEUE = 64,              /* a power of two, and more than there are readings */
    PER_FRAME = 16,          /* readings in a frame */
    AIR_TICKS = 40,          /* how long the radio takes for one */
    BUSY_FROM = 400,         /* the loop writes its flash, */
    BUSY_UNTIL = 445,        /* and reads no queue */
    ALARM_EVERY = 10,        /* ticks */
};

struct reading {
    uint32_t tick;
    int32_t value;
    bool alarm;
};

struct line {
    uint32_t tick;
    int32_t value;
    char text[24];
};

struct frame {
    size_t count;
    int32_t values[PER_FRAME];
    uint32_t sent_at;
};

/* ---- The queue: the interrupt writes `last`, the loop `first`, so that neither locks */

static struct reading *volatile queue[QUEUE];
static volatile uint32_t queue_first, queue_last;

static volatile uint32_t ticks, readings_lost, alarms_lost;

static int32_t sensor(uint32_t tick)
{
    return (int32_t)(tick * 7919 % 1000) - 500;
}

void board_on_tick(void)
{
    const uint32_t tick = ++ticks;
    const bool alarm = tick % ALARM_EVERY == 0;
    /* An alarm may take the blocks of the reserve, a reading leaves them. */
    struct reading *reading = alarm ? msg_alloc_isr(sizeof *reading) : msg_alloc(sizeof *reading);
    if (reading == NULL) {
        readings_lost += !alarm;
        alarms_lost += alarm;
        return;
    }
    *reading = (struct reading){.tick = tick, .value = sensor(tick), .alarm = alarm};
    queue[queue_last % QUEUE] = reading;
    queue_last++;
}

static struct reading *next_reading(void)
{
    return queue_first != queue_last ? queue[queue_first++ % QUEUE] : NULL;
}

/* ---- The loop */

static struct frame *open_frame, *on_air[4]; /* oldest first */
static uint32_t frames_sent, unsent, lines;

static void log_alarm(const struct reading *reading)
{
    static const char text[] = "out of bounds";
    struct line *line = msg_alloc(sizeof *line);
    if (line != NULL) {
        *line = (struct line){.tick = reading->tick, .value = reading->value};
        memcpy(line->text, text, sizeof text);
        lines++; /* here it would be written somewhere */
        msg_free_sized(line, sizeof *line);
    }
}

static void send_frame(void)
{
    for (size_t i = 0; i < sizeof on_air / sizeof on_air[0]; i++) {
        if (on_air[i] == NULL) {
            open_frame->sent_at = ticks;
            on_air[i] = open_frame;
            open_frame = NULL;
            return;
        }
    }
}

/* What the radio is done with is free again. */
static void poll_radio(void)
{
    while (on_air[0] != NULL && ticks - on_air[0]->sent_at >= AIR_TICKS) {
        msg_free_sized(on_air[0], sizeof *on_air[0]);
        frames_sent++;
        for (size_t i = 1; i < sizeof on_air / sizeof on_air[0]; i++) {
            on_air[i - 1] = on_air[i];
        }
        on_air[sizeof on_air / sizeof on_air[0] - 1] = NULL;
    }
}

static void pack(const struct reading *reading)
{
    if (open_frame == NULL) {
        open_frame = msg_calloc(1, sizeof *open_frame);
        if (open_frame == NULL) {
            unsent++;
            return;
        }
    }
    open_frame->values[open_frame->count++] = reading->value;
    if (open_frame->count == PER_FRAME) {
        send_frame();
    }
}

static void run(void)
{
    board_tick_after(CLOCKS_PER_TICK);
    while (ticks < TICKS) {
        board_wait();
        poll_radio();
        if (ticks >= BUSY_FROM && ticks < BUSY_UNTIL) {
            continue;
        }
        for (struct reading *reading = next_reading(); reading != NULL; reading = next_reading()) {
            if (reading->alarm) {
                log_alarm(reading);
            }
            pack(reading);
            msg_free(reading);
        }
    }
    board_tick_after(0);
}

/* ---- What it went through */

static void print_right(uintptr_t number, unsigned width)
{
    for (uintptr_t rest = number; width > 1; width--) {
        rest /= 10;
        if (rest == 0) {
            board_print(" ");
        }
    }
    board_print_number(number);
}

static void print_count(uintptr_t count, const char *what)
{
    print_right(count, 7);
    board_print(what);
}

static void print_marks(void)
{
    msg_stats_t stats;
    msg_stats(&stats);
    board_print("  bytes  blocks  most in use  never needed  not served\n");
    for (size_t pool = 0; pool < stats.pool_count; pool++) {
        const msg_pool_stats_t *row = &stats.pools[pool];
        print_right(row->size, 7);
        print_right(row->initial_count, 8);
        print_right(row->carved, 13);
        print_right(row->least_free, 14);
        print_right(row->fallbacks, 12);
        board_print("\n");
    }
    print_count(stats.bytes_reserved, " bytes of blocks\n");
    print_count(frames_sent, " frames sent\n");
    print_count(lines, " alarms logged\n");
    print_count(readings_lost, " readings lost, since the loop was busy\n");
    print_count(alarms_lost, " alarms lost\n");
    print_count(unsent, " readings not sent, since all frames were on the air\n");
}

_Noreturn void board_on_fault(void)
{
    board_print("the processor met a fault\n");
    board_exit(1);
}

_Noreturn void firmware_fault(const char *what)
{
    board_print("msg: ");
    board_print(what);
    board_print("\n");
    board_exit(1);
}

int main(void)
{
    run();
    print_marks();
    return msg_check() && alarms_lost == 0 ? 0 : 1;
}
