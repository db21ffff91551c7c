//! The origin's loads on our pools and on what a Zig program has otherwise, all through
//! std.mem.Allocator, interleaved. `main [ROUNDS]` prints medians in ns an operation.
const std = @import("std");
const pools = @import("allocator.zig");
const ObjectPools = @import("object_pools.zig").ObjectPools;

const Allocator = std.mem.Allocator;
const most_rounds = 99;
const operations = 50_000; // of a load, repeated until
const least_nanoseconds = 100_000_000; // have passed

const Fill = enum { none, first, ends, word, zeros, counted };

/// Operation i allocates size(i), uses the block and frees it.
const Load = struct {
    name: []const u8,
    size: *const fn (usize) callconv(.Inline) usize,
    fill: Fill,
};

fn fixed(comptime bytes: usize) fn (usize) callconv(.Inline) usize {
    return struct {
        inline fn size(_: usize) usize {
            return bytes;
        }
    }.size;
}

fn range(comptime from: usize, comptime to: usize) fn (usize) callconv(.Inline) usize {
    return struct {
        inline fn size(i: usize) usize {
            return from + i % (to - from);
        }
    }.size;
}

inline fn highFrequency(i: usize) usize {
    return ([_]usize{ 8, 16, 32, 64, 128, 256 })[i % 6];
}

inline fn mixed(i: usize) usize {
    return switch (i % 10) {
        0...6 => 32 + i % 224,
        7, 8 => 512 + i % 3584,
        else => 8192 + i % 57344,
    };
}

const loads = [_]Load{
    .{ .name = "tokio-equivalent", .size = range(1024, 5120), .fill = .zeros },
    .{ .name = "fixed-64", .size = fixed(64), .fill = .first },
    .{ .name = "fixed-512", .size = fixed(512), .fill = .ends },
    .{ .name = "fixed-1024", .size = fixed(1024), .fill = .ends },
    .{ .name = "fixed-2048", .size = fixed(2048), .fill = .ends },
    .{ .name = "fixed-4096", .size = fixed(4096), .fill = .ends },
    .{ .name = "fixed-8192", .size = fixed(8192), .fill = .ends },
    .{ .name = "range-small", .size = range(8, 256), .fill = .counted },
    .{ .name = "range-medium", .size = range(256, 1024), .fill = .counted },
    .{ .name = "range-large", .size = range(1024, 8192), .fill = .counted },
    .{ .name = "high-frequency", .size = highFrequency, .fill = .zeros },
    .{ .name = "mixed", .size = mixed, .fill = .word },
};

inline fn use(comptime fill: Fill, memory: []u8, i: usize) void {
    switch (fill) {
        .none => {},
        .first => memory[0] = @truncate(i),
        .ends => {
            memory[0] = @truncate(i);
            memory[memory.len - 1] = @truncate(i);
        },
        .word => std.mem.writeIntNative(u32, memory[0..4], @as(u32, @truncate(i))),
        .zeros => @memset(memory, 0),
        .counted => @memset(memory, @as(u8, @truncate(i))),
    }
    std.mem.doNotOptimizeAway(memory.ptr);
}

fn run(comptime load: Load, allocator: Allocator) !void {
    for (0..operations) |i| {
        const memory = try allocator.alloc(u8, load.size(i));
        use(load.fill, memory, i);
        allocator.free(memory);
    }
}

/// The same uses of the same addresses, without alloc and free: of blocks that are held meanwhile, one
/// of each pool and one beyond, which are those that the pools would hand out.
fn runLimit(comptime load: Load, held: []const []u8) void {
    for (0..operations) |i| {
        const size = load.size(i);
        const pool = if (size <= 8) 0 else std.math.log2_int_ceil(usize, size) - 3;
        use(load.fill, held[@min(pool, held.len - 1)][0..size], i);
    }
}

fn nanoseconds(comptime load: Load, allocator: ?Allocator, held: []const []u8) !f64 {
    var timer = try std.time.Timer.start();
    var repeats: u64 = 0;
    while (timer.read() < least_nanoseconds) : (repeats += 1) {
        if (allocator) |some| try run(load, some) else runLimit(load, held);
    }
    return @as(f64, @floatFromInt(timer.read())) / @as(f64, @floatFromInt(repeats * operations));
}

fn time(comptime load: Load, allocator: ?Allocator) !f64 {
    if (allocator) |some| return nanoseconds(load, some, &.{});
    var held: [pools.pool_count + 1][]u8 = undefined;
    for (&held, 3..) |*block, shift| {
        block.* = try pools.allocator.alloc(u8, if (shift < 14) @as(usize, 1) << @intCast(shift) else 1 << 16);
    }
    defer for (held) |block| pools.allocator.free(block);
    return nanoseconds(load, null, &held);
}

fn median(values: []f64) f64 {
    std.mem.sort(f64, values, {}, std.sort.asc(f64));
    return values[values.len / 2];
}

fn roundsOf(text: ?[]const u8) !usize {
    const rounds = if (text) |some| try std.fmt.parseInt(usize, some, 10) else 5;
    return if (rounds > 0 and rounds <= most_rounds) rounds else error.Rounds;
}

pub fn main() !void {
    var arguments = std.process.args();
    _ = arguments.skip();
    const rounds = try roundsOf(arguments.next());
    var general = std.heap.GeneralPurposeAllocator(.{}){};
    var object_pools = try ObjectPools.init(std.heap.c_allocator);
    const rows = [_]?Allocator{
        pools.allocator, std.heap.c_allocator, general.allocator(), object_pools.allocator(), null,
    };
    const out = std.io.getStdOut().writer();
    try out.print("{s:<17} {s:>9} {s:>12} {s:>9} {s:>13} {s:>9}   ns an operation\n", .{
        "load", "poolgen", "c_allocator", "general", "object pools", "the limit",
    });
    inline for (loads) |load| {
        var times: [rows.len][most_rounds]f64 = undefined;
        for (0..rounds + 1) |round| { // the first one warms
            for (rows, 0..) |row, i| times[i][round -| 1] = try time(load, row);
        }
        var medians: [rows.len]f64 = undefined;
        for (&times, &medians) |*row, *value| value.* = median(row[0..rounds]);
        try out.print("{s:<17} {d:>9.2} {d:>12.2} {d:>9.2} {d:>13.2} {d:>9.2}\n", .{
            load.name, medians[0], medians[1], medians[2], medians[3], medians[4],
        });
    }
    if (!pools.check()) return error.Unsound;
}
