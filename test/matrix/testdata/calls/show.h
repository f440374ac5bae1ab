#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints 0 for success with any descriptor, else the error. */
static int shown(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "0");
  return (int)result;
}
#define SHOW(call) shown(#call, (long)(call))

static void show_file(const char *path) {
  struct stat s;
  if (lstat(path, &s) < 0) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %o %d:%d %ld links %ld bytes\n", path, s.st_mode, s.st_uid, s.st_gid, (long)s.st_nlink, S_ISDIR(s.st_mode) ? 0 : (long)s.st_size);
}

static int made(const char *path, const char *text, mode_t mode) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || fchmod(fd, mode) < 0 || write(fd, text, strlen(text)) < 0) shown(path, -1);
  lseek(fd, 0, SEEK_SET);
  return fd;
}

/* Waits for a child and prints how it ended. */
static void await(const char *what, pid_t child) {
  int ended = 0;
  waitpid(child, &ended, 0);
  if (WIFSIGNALED(ended)) printf("%s: signal %d\n", what, WTERMSIG(ended));
  else printf("%s: exit %d\n", what, WEXITSTATUS(ended));
  fflush(stdout);
}
