/* The version is part of the output's bytes: change it in the commit that makes a release. */
#ifndef POOLGEN_VERSION_H
#define POOLGEN_VERSION_H

#define POOLGEN_VERSION "0.1.0"

#endif
