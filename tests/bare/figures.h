/* What the figures are measured with: critical sections by PRIMASK or mstatus. */
#include "critical.h"
#define FW_ENTER()      critical_enter()
#define FW_LEAVE(state) critical_leave(state)
