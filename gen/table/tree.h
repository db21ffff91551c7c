/* The input as read: a tree in which every node knows its place. */
#ifndef POOLGEN_TREE_H
#define POOLGEN_TREE_H

#include "base/diag.h"

enum node_kind {
    NODE_SCALAR,
    NODE_SEQUENCE,
    NODE_MAPPING,
    NODE_REFUSED /* reported by the reader already: to be passed over in silence */
};

struct node {
    enum node_kind kind;
    struct place at;
    const char *text;   /* scalar: NUL-terminated value */
    size_t length;      /* scalar: bytes of text */
    bool plain;         /* scalar: written without quotes */
    struct node *key;   /* set on a value inside a mapping: its key */
    struct node *first; /* sequence: items; mapping: values, each with its key */
    struct node *next;  /* next sibling */
    size_t count;       /* children */
};

#endif
