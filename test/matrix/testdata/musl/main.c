#include <pwd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void *answer(void *unused) {
  (void)unused;
  return "thread";
}

/* Users, threads, owners and a child that executes the program of its parent. */
int main(int argc, char **argv) {
  if (argc > 2) return !printf("child of %s\n", argv[1]);
  struct passwd *user = getpwuid(getuid());
  pthread_t thread;
  void *said = "no thread";
  pthread_create(&thread, 0, answer, 0);
  pthread_join(thread, &said);
  printf("%s %s %s\n", argv[1], user ? user->pw_name : "?", (char *)said);
  char path[] = "/tmp/made";
  FILE *file = fopen(path, "w");
  if (file) fclose(file);
  int refused = chown(path, 33, 44);
  struct stat status;
  stat(path, &status);
  printf("%d %d:%d\n", refused, (int)status.st_uid, (int)status.st_gid);
  unlink(path);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) execl("/proc/self/exe", argv[0], argv[1], "child", (char *)0), _exit(9);
  int ended = 0;
  waitpid(child, &ended, 0);
  return WEXITSTATUS(ended);
}
