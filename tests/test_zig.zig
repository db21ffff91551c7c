// The Zig front end, as `zig test` runs it: beside the allocator.zig of a table named tokio.
const std = @import("std");
const tokio = @import("allocator.zig");
const testing = std.testing;

extern const stats_layout: [6]usize;

test "stats have the layout that C gives them" {
    const S = tokio.Stats;
    const P = tokio.PoolStats;
    const layout = [6]usize{
        @sizeOf(S),                    @offsetOf(S, "bytes_committed"), @offsetOf(S, "bytes_retained"),
        @offsetOf(S, "pools"),         @sizeOf(P),                      @offsetOf(P, "fallbacks"),
    };
    try testing.expectEqualSlices(usize, &layout, &stats_layout);
    try testing.expectEqual(tokio.pool_count, tokio.stats().pool_count);
    try testing.expectEqual(tokio.largest, tokio.stats().pools[tokio.pool_count - 1].size);
}

test "the standard library's own checks of an allocator" {
    const sizes = [_]usize{ 1, 3, 8, 17, 100, 1000, 4096, 8192, 8193, 100_000 };
    for (sizes) |size| {
        const memory = try tokio.allocator.alloc(u8, size);
        defer tokio.allocator.free(memory);
        @memset(memory, 0x5a);
        try testing.expect(tokio.usableSize(memory.ptr) >= size);
    }
    const none = try tokio.allocator.alloc(u64, 0);
    tokio.allocator.free(none);
    const one = try tokio.allocator.create(u128);
    one.* = 7;
    tokio.allocator.destroy(one);
}

test "every alignment is honoured" {
    inline for (.{ 1, 2, 4, 8, 16, 64, 256, 4096 }) |bytes| {
        for ([_]usize{ 1, 24, 64, 5000, 20_000 }) |size| {
            const memory = try tokio.allocator.alignedAlloc(u8, bytes, size);
            defer tokio.allocator.free(memory);
            try testing.expect(@intFromPtr(memory.ptr) % bytes == 0);
            @memset(memory, 1);
        }
    }
}

test "resize says truly what fits in place" {
    const memory = try tokio.allocator.alloc(u8, 40);
    const usable = tokio.usableSize(memory.ptr);
    try testing.expect(tokio.allocator.resize(memory, usable));
    try testing.expect(!tokio.allocator.resize(memory, usable + 1));
    try testing.expect(tokio.allocator.resize(memory, 1) or usable == memory.len); // or what is freed is compared
    tokio.allocator.free(memory);
}

test "realloc keeps the contents, in pools and beyond them" {
    var memory = try tokio.allocator.alloc(u8, 10);
    for (memory, 0..) |*byte, i| byte.* = @truncate(i);
    for ([_]usize{ 100, 5000, 9000, 2_000_000, 3_000_000, 20_000, 10 }) |size| {
        memory = try tokio.allocator.realloc(memory, size);
        for (memory[0..10], 0..) |byte, i| try testing.expectEqual(@as(u8, @truncate(i)), byte);
    }
    tokio.allocator.free(memory);
}

test "containers of the standard library" {
    var map = std.AutoHashMap(u64, []u8).init(tokio.allocator);
    defer map.deinit();
    for (0..2000) |i| {
        const text = try std.fmt.allocPrint(tokio.allocator, "value {d}", .{i});
        try map.put(i, text);
    }
    for (0..2000) |i| {
        const text = map.fetchRemove(i).?.value;
        var expected: [32]u8 = undefined;
        try testing.expectEqualStrings(try std.fmt.bufPrint(&expected, "value {d}", .{i}), text);
        tokio.allocator.free(text);
    }
    try testing.expect(tokio.check());
}

test "what is no block is not owned, and a failed request is an error" {
    var local: u64 = 0;
    try testing.expect(!tokio.owns(&local));
    const memory = try tokio.allocator.create(u64);
    try testing.expect(tokio.owns(memory));
    tokio.allocator.destroy(memory);
    try testing.expectError(error.OutOfMemory, tokio.allocator.alloc(u8, std.math.maxInt(isize)));
    const good = tokio.goodSize(33);
    try testing.expect(good == 64 or good == 56); // hardened in full
}

test "idle and trim give memory back, and a flush empties the cache" {
    var blocks: [1000][]u8 = undefined;
    for (&blocks) |*block| block.* = try tokio.allocator.alloc(u8, 4000);
    for (blocks) |block| tokio.allocator.free(block);
    tokio.threadFlush();
    _ = tokio.idle();
    _ = tokio.trim();
    try testing.expect(tokio.check());
}
