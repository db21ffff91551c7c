// Blocks from one thread are freed by another, and every byte is what was written.
const std = @import("std");
const tokio = @import("allocator.zig");

const Slot = std.atomic.Atomic(usize); // address of a block, or 0
var slots = [_]Slot{Slot.init(0)} ** 64;

fn fill(memory: []u8) void {
    @memset(memory, @as(u8, @truncate(memory.len)));
}

fn work(seed: u64) !void {
    var random = std.rand.DefaultPrng.init(seed);
    for (0..20_000) |_| {
        const length = random.random().intRangeAtMost(usize, 8, 3000);
        const memory = try tokio.allocator.alloc(u8, length);
        fill(memory);
        std.mem.writeIntNative(usize, memory[0..8], length);
        const slot = &slots[random.random().uintLessThan(usize, slots.len)];
        give(slot.swap(@intFromPtr(memory.ptr), .AcqRel));
    }
    tokio.threadFlush();
}

fn give(address: usize) void {
    if (address == 0) return;
    const start: [*]u8 = @ptrFromInt(address);
    const memory = start[0..std.mem.readIntNative(usize, start[0..8])];
    for (memory[8..]) |byte| std.debug.assert(byte == @as(u8, @truncate(memory.len)));
    tokio.allocator.free(memory);
}

pub fn main() !void {
    var threads: [4]std.Thread = undefined;
    for (&threads, 0..) |*thread, i| thread.* = try std.Thread.spawn(.{}, work, .{i + 1});
    for (threads) |thread| thread.join();
    for (&slots) |*slot| give(slot.swap(0, .AcqRel));
    if (!tokio.check()) return error.Unsound;
}
