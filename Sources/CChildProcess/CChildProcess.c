#define _GNU_SOURCE
#include "CChildProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// A pipe whose ends no other child inherits; ours does not block.
static int open_pipe(int ends[2], int ours) {
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  fcntl(ends[ours], F_SETFL, O_NONBLOCK);
#ifdef F_SETPIPE_SZ
  // A message that fits wakes its reader once. Where so much is not allowed, the pipe stays as it is.
  fcntl(ends[ours], F_SETPIPE_SZ, 1 << 20);
#endif
  return 0;
}

// Splits a command that a shell would not change, whose program is to be found by its name alone: its words, in `copy`; 0 if it is another.
static size_t plain_words(char *copy, char *words[], size_t limit) {
  if (strpbrk(copy, "|&;<>()$`\\\"'*?[]#~=%!{}\t\n")) return 0;
  size_t count = 0;
  for (char *word = strtok(copy, " "); word && count < limit; word = strtok(NULL, " ")) words[count++] = word;
  return count == limit || count == 0 || strchr(words[0], '/') ? 0 : count;
}

static int spawn(const char *command, const char *directory, int input, int output, int error, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO);
  if (directory) posix_spawn_file_actions_addchdir_np(&actions, directory);
  // Signals as a program finds them that is started from a shell, whatever we hold back or ignore.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  // Our own environment, and one variable more, by which a program knows that it is asked to serve.
  size_t count = 0;
  while (environ[count]) count++;
  char **environment = malloc((count + 2) * sizeof *environment);
  int failure = environment ? 0 : ENOMEM;
  if (environment) {
    memcpy(environment, environ, count * sizeof *environment);
    environment[count] = "CHAINRULE_GATES=1";
    environment[count + 1] = NULL;
    // The start of a shell takes a millisecond; one that only waits for a program is not needed.
    char *copy = strdup(command), *words[32] = {NULL};
    size_t count = copy ? plain_words(copy, words, 31) : 0;
    failure = count ? posix_spawnp(pid, words[0], &actions, &attributes, words, environment) : ENOENT;
    free(copy);
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    if (failure) failure = posix_spawn(pid, "/bin/sh", &actions, &attributes, arguments, environment);
  }
  free(environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failure;
}

int chainrule_child_start(const char *command, const char *directory, chainrule_child *child) {
  int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
  int failure = open_pipe(pipes[0], 1);
  if (!failure) failure = open_pipe(pipes[1], 0);
  if (!failure) failure = open_pipe(pipes[2], 0);
  pid_t pid = 0;
  if (!failure) failure = spawn(command, directory, pipes[0][0], pipes[1][1], pipes[2][1], &pid);
  chainrule_child_close(&pipes[0][0]);
  chainrule_child_close(&pipes[1][1]);
  chainrule_child_close(&pipes[2][1]);
  *child = (chainrule_child){pid, pipes[0][1], pipes[1][0], pipes[2][0]};
  if (failure) {
    chainrule_child_close(&child->input);
    chainrule_child_close(&child->output);
    chainrule_child_close(&child->error);
  }
  return failure;
}

int chainrule_child_wait(int input, int output, int error, int milliseconds) {
  struct pollfd streams[] = {{input, POLLOUT, 0}, {output, POLLIN, 0}, {error, POLLIN, 0}};
  if (poll(streams, 3, milliseconds) <= 0) return 0;
  return (streams[0].revents ? 1 : 0) | (streams[1].revents ? 2 : 0) | (streams[2].revents ? 4 : 0);
}

long chainrule_child_write(int descriptor, const void *bytes, size_t count) {
  // A write to a pipe that nobody reads raises SIGPIPE, which must not end us: it is held back, and taken away.
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ssize_t written = write(descriptor, bytes, count);
  int failure = errno;
  if (written < 0 && failure == EPIPE && !sigismember(&pending, SIGPIPE)) {
    int number;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE)) sigwait(&pipe_signal, &number);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (written >= 0) return written;
  return failure == EAGAIN || failure == EINTR ? 0 : -1;
}

long chainrule_child_read(int descriptor, void *bytes, size_t count) {
  ssize_t got = read(descriptor, bytes, count);
  if (got >= 0) return got;
  return errno == EAGAIN || errno == EINTR ? -1 : 0;
}

bool chainrule_child_has_ended(int pid, int *status) {
  siginfo_t info = {0};
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    *status = 0;
    return true;
  }
  if (info.si_pid != pid) return false;
  *status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  return true;
}

long chainrule_child_line_length(const void *bytes, size_t count) {
  const char *end = count == 0 ? NULL : memchr(bytes, '\n', count);
  return end == NULL ? -1 : end - (const char *)bytes;
}

void chainrule_child_signal(int pid, bool kills) { kill(-pid, kills ? SIGKILL : SIGTERM); }

void chainrule_child_reap(int pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}

void chainrule_child_close(int *descriptor) {
  if (*descriptor >= 0) close(*descriptor);
  *descriptor = -1;
}
