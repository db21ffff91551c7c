/* mlockall beside the recorder. Its tables are large and mostly untouched: locked, they would take
   memory, or all that the program may lock. */
#ifndef RECORD_MEMLOCK_H
#define RECORD_MEMLOCK_H

/* As mlockall: what is mapped now is locked but for the recorder's own. */
int memlock_all(int flags);

#endif
