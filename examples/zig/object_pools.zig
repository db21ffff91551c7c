//! Object pools as Zig programs write them by hand: eleven sizes, a list of preallocated blocks each, and a
//! base allocator for what is larger and for pools that are at their end. For one thread.
const std = @import("std");

const counts = [_]usize{ 10000, 8000, 6000, 4000, 2000, 1000, 800, 600, 400, 200, 100 };
const least_shift = 3; // 8 bytes
const most = 1 << (least_shift + counts.len - 1);

const Free = struct { next: ?*Free };

/// What is allocated here must be freed with the length that it was allocated with, since the length
/// says which list a block goes to. A block of the base allocator that has a pool's size goes to the
/// pool's list, too, and never back.
pub const ObjectPools = struct {
    base: std.mem.Allocator,
    lists: [counts.len]?*Free = [_]?*Free{null} ** counts.len,

    pub fn init(base: std.mem.Allocator) !ObjectPools {
        var self = ObjectPools{ .base = base };
        for (counts, 0..) |count, pool| {
            for (0..count) |_| self.push(pool, (try base.alignedAlloc(u8, 16, sizeOf(pool))).ptr);
        }
        return self;
    }

    pub fn allocator(self: *ObjectPools) std.mem.Allocator {
        return .{ .ptr = self, .vtable = &.{ .alloc = alloc, .resize = resize, .free = free } };
    }

    fn sizeOf(pool: usize) usize {
        return @as(usize, 1) << @intCast(least_shift + pool);
    }

    fn poolOf(size: usize) usize {
        return if (size <= 8) 0 else std.math.log2_int_ceil(usize, size) - least_shift;
    }

    fn push(self: *ObjectPools, pool: usize, block: [*]u8) void {
        const object: *Free = @ptrCast(@alignCast(block));
        object.next = self.lists[pool];
        self.lists[pool] = object;
    }

    fn alloc(ctx: *anyopaque, size: usize, alignment: u8, address: usize) ?[*]u8 {
        const self: *ObjectPools = @ptrCast(@alignCast(ctx));
        if (size > most) return self.base.rawAlloc(size, alignment, address);
        const pool = poolOf(size);
        const object = self.lists[pool] orelse
            return self.base.rawAlloc(sizeOf(pool), @max(alignment, 4), address);
        self.lists[pool] = object.next;
        return @ptrCast(object);
    }

    fn resize(_: *anyopaque, memory: []u8, _: u8, size: usize, _: usize) bool {
        return memory.len <= most and size <= most and poolOf(size) == poolOf(memory.len);
    }

    fn free(ctx: *anyopaque, memory: []u8, alignment: u8, address: usize) void {
        const self: *ObjectPools = @ptrCast(@alignCast(ctx));
        if (memory.len > most) return self.base.rawFree(memory, alignment, address);
        self.push(poolOf(memory.len), memory.ptr);
    }
};
