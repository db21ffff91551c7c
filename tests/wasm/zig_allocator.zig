// Zig's own allocator for modules, for the bytes that it takes. Whoever frees has to know the size.
const std = @import("std");

export fn app_alloc(size: usize) ?[*]u8 {
    return std.heap.wasm_allocator.rawAlloc(size, 4, 0);
}

export fn app_free(ptr: [*]u8, size: usize) void {
    std.heap.wasm_allocator.rawFree(ptr[0..size], 4, 0);
}
