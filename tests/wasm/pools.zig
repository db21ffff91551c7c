// The Zig front end in a module without a C library.
const std = @import("std");
const pools = @import("allocator.zig");

export fn run() u32 {
    return @intFromBool(works() catch false);
}

fn works() !bool {
    var map = std.AutoHashMap(u32, []u8).init(pools.allocator);
    defer map.deinit();
    var i: u32 = 0;
    while (i < 2000) : (i += 1) {
        const bytes = try pools.allocator.alloc(u8, i % 1000 + 1);
        @memset(bytes, @as(u8, @truncate(i)));
        try map.put(i, bytes);
    }
    if (!pools.owns(map.get(500).?.ptr)) return false;
    var entries = map.iterator();
    while (entries.next()) |entry| {
        const bytes = entry.value_ptr.*;
        if (bytes.len != entry.key_ptr.* % 1000 + 1) return false;
        for (bytes) |byte| if (byte != @as(u8, @truncate(entry.key_ptr.*))) return false;
        pools.allocator.free(bytes);
    }
    const wide = try pools.allocator.alignedAlloc(u8, 256, 300);
    if (@intFromPtr(wide.ptr) % 256 != 0) return false;
    pools.allocator.free(wide);
    const figures = pools.stats();
    return pools.check() and figures.pools[0].size == 16 and figures.bytes_reserved > 0 and pools.trim() == 0;
}
