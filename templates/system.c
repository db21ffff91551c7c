/* Part of allocator.c: all that is asked of the platform, and all that differs from one to another. A file a
   platform (system_posix.c, system_windows.c), which says what each function is for. */
//%if target_windows
//%if target_posix
#if defined(_WIN32)
//%include system_windows.c
#else
//%include system_posix.c
#endif
//%else
//%include system_windows.c
//%end
//%else
//%include system_posix.c
//%end
