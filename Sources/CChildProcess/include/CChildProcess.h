#ifndef CHAINRULE_CCHILDPROCESS_H
#define CHAINRULE_CCHILDPROCESS_H

#include <stdbool.h>
#include <stddef.h>

/// A program that runs beside this one, and our ends of the pipes to its standard streams.
typedef struct {
  int pid;
  int input, output, error;
} chainrule_child;

/// Starts `/bin/sh -c command`, or the program itself if the command is no more than words, in `directory` (where this program is, if null), in a process group of its own,
/// with the variable CHAINRULE_GATES=1 in its environment.
/// Returns 0, or errno.
int chainrule_child_start(const char *command, const char *directory, chainrule_child *child);

/// Waits at most so many milliseconds for any of the descriptors, of which negative ones are left out. Bits of the answer: 1
/// the input takes bytes, 2 the output has some or has ended, 4 the standard error has some or has ended.
int chainrule_child_wait(int input, int output, int error, int milliseconds);

/// Writes what the pipe takes now: how many bytes, 0 if none now, -1 if nobody reads any more.
long chainrule_child_write(int descriptor, const void *bytes, size_t count);

/// Reads what is there: how many bytes, 0 at the end, -1 if there is nothing now.
long chainrule_child_read(int descriptor, void *bytes, size_t count);

/// How many bytes come before the first line feed; -1 if there is none.
long chainrule_child_line_length(const void *bytes, size_t count);

/// Whether the program has ended; `*status` is then its exit status, or minus the signal that ended it. It stays a zombie until
/// it is reaped, so that its process group cannot be taken for another.
bool chainrule_child_has_ended(int pid, int *status);

/// Sends a signal to the program and whatever it started: SIGTERM, or SIGKILL if `kills`.
void chainrule_child_signal(int pid, bool kills);

/// Takes leave of a program that has ended.
void chainrule_child_reap(int pid);

/// Closes a descriptor, once.
void chainrule_child_close(int *descriptor);

#endif
