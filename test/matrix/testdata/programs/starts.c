#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *words[] = {"started", "word", NULL};
extern char **environ;

static void await(const char *name, pid_t child) {
  int ended = -1;
  waitpid(child, &ended, 0);
  printf("%s: %d\n", name, ended);
  fflush(stdout);
}

static int memory_copy(const char *path) {
  int source = open(path, O_RDONLY), copy = memfd_create("copy", 0);
  struct stat status;
  fstat(source, &status);
  sendfile(copy, source, NULL, status.st_size);
  return copy;
}

static void *execute(void *path) {
  execv(path, words);
  return NULL;
}

/* Every way to start a program. */
int main(void) {
  pid_t child;
  if (!(child = fork())) execv("/src/dynamic", words), _exit(1);
  await("absolute", child);
  if (!(child = vfork())) execv("./dynamic", words), _exit(1);
  await("vfork, relative", child);
  posix_spawn(&child, "/src/static", NULL, NULL, words, environ);
  await("posix_spawn", child);
  if (!(child = fork())) fexecve(open("/src/fixed", O_RDONLY | O_CLOEXEC), words, environ), _exit(1);
  await("fexecve", child);
  if (!(child = fork())) syscall(SYS_execveat, open("/src", O_DIRECTORY), "static-pie", words, environ, 0), _exit(1);
  await("execveat", child);
  if (!(child = fork())) fexecve(memory_copy("/src/static"), (char *[]){"true", NULL}, environ), _exit(1);
  await("memfd", child);
  if (!(child = fork())) {
    pthread_t thread;
    pthread_create(&thread, NULL, execute, "/src/static");
    pthread_join(thread, NULL);
    _exit(1);
  }
  await("from a thread", child);
  if (!(child = fork())) execv("/src/missing", words), _exit(errno);
  await("missing", child);
  if (!(child = fork())) execv("/src/main.c", words), _exit(errno);
  await("not executable", child);
  return system("/src/dynamic by system");
}
