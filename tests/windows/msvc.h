/* What the emitted text asks of Microsoft's headers, declared as these have it, for a compiler of
   their kind where they are not: it is checked that the text compiles, no more. Stands for
   windows.h and the C library's. */
#ifndef MSVC_H
#define MSVC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void *PVOID, *HANDLE;
typedef struct module *HMODULE;
typedef unsigned long DWORD, ULONG; /* of 32 bits */
typedef int BOOL;
typedef unsigned char BOOLEAN;
typedef long long(__stdcall *FARPROC)(void);
typedef struct {
    DWORD dwLowDateTime, dwHighDateTime;
} FILETIME;
typedef struct {
    PVOID BaseAddress, AllocationBase;
    DWORD AllocationProtect;
    size_t RegionSize;
    DWORD State, Protect, Type;
} MEMORY_BASIC_INFORMATION;

#define NTAPI                                        __stdcall
#define MEM_COMMIT                                   0x1000
#define MEM_RESERVE                                  0x2000
#define MEM_DECOMMIT                                 0x4000
#define MEM_RELEASE                                  0x8000
#define MEM_FREE                                     0x10000
#define PAGE_NOACCESS                                0x01
#define PAGE_READONLY                                0x02
#define PAGE_READWRITE                               0x04
#define PAGE_GUARD                                   0x100
#define FLS_OUT_OF_INDEXES                           ((DWORD)0xffffffff)
#define GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT 2
#define GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS       4

PVOID __stdcall VirtualAlloc(PVOID at, size_t bytes, DWORD kind, DWORD access);
BOOL __stdcall VirtualFree(PVOID at, size_t bytes, DWORD kind);
BOOL __stdcall VirtualProtect(PVOID at, size_t bytes, DWORD access, DWORD *before);
size_t __stdcall VirtualQuery(const void *at, MEMORY_BASIC_INFORMATION *out, size_t bytes);
void __stdcall Sleep(DWORD milliseconds);
unsigned long long __stdcall GetTickCount64(void);
void __stdcall GetSystemTimeAsFileTime(FILETIME *out);
DWORD __stdcall FlsAlloc(void(__stdcall *ends)(PVOID));
BOOL __stdcall FlsSetValue(DWORD key, PVOID value);
BOOL __stdcall FlsFree(DWORD key);
HMODULE __stdcall GetModuleHandleA(const char *name);
BOOL __stdcall GetModuleHandleExA(DWORD flags, const char *name, HMODULE *out);
FARPROC __stdcall GetProcAddress(HMODULE module, const char *name);

int *_errno(void);
#define errno  (*_errno())
#define ENOMEM 12
#define EINVAL 22

typedef struct file FILE;
FILE *__acrt_iob_func(unsigned index);
#define stderr (__acrt_iob_func(2))
int fprintf(FILE *out, const char *format, ...);
int snprintf(char *out, size_t bytes, const char *format, ...);
int fputs(const char *text, FILE *out);
int fflush(FILE *out);
int ferror(FILE *out);

__declspec(noreturn) void abort(void);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *ptr, size_t size);
void free(void *ptr);
void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

typedef long long time_t;
struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

#endif
