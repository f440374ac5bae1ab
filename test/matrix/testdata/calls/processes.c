#include "show.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>

static void *enter(void *path) {
  mkdir(path, 0755);
  chdir(path);
  umask(077);
  return NULL;
}

static void threads(void) {
  pthread_t thread;
  char path[4096];
  pthread_create(&thread, NULL, enter, "other");
  pthread_join(thread, NULL);
  printf("a thread moved to %s, umask %o\n", strrchr(getcwd(path, sizeof path), '/'), umask(022));
}

static volatile int ticks;
static void tick(int signal) { ticks++; }

static void interrupted(void) {
  struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
  ticks = 0;
  setitimer(ITIMER_REAL, &often, NULL);
  int failures = 0;
  for (int i = 0; i < 3000 || (ticks < 20 && i < 1000000); i++) {
    struct stat s;
    int fd = open("/etc/passwd", O_RDONLY);
    if (fd < 0 || stat("/usr/bin", &s) < 0) failures++;
    close(fd);
  }
  setitimer(ITIMER_REAL, &never, NULL);
  printf("signals meanwhile: %s, failures %d\n", ticks >= 20 ? "many" : "few", failures);
}

static void many(void) {
  static pid_t pids[1500];
  int failures = 0;
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 1500; i++) {
      pids[i] = fork();
      if (pids[i] == 0) _exit(access("/usr/bin", F_OK) == 0 && access("/none", F_OK) < 0 ? 7 : 8);
      if (pids[i] < 0) shown("fork", -1);
    }
    for (int i = 0; i < 1500; i++) {
      int ended = 0;
      if (waitpid(pids[i], &ended, 0) != pids[i] || WEXITSTATUS(ended) != 7) failures++;
    }
  }
  printf("3000 processes, failures %d\n", failures);
}

static void look_into(void) {
  static char secret[16] = "before";
  int pipes[2];
  pipe(pipes);
  pid_t pid = fork();
  if (pid == 0) {
    strcpy(secret, "inside");
    write(pipes[1], "x", 1);
    pause();
    _exit(0);
  }
  char byte, copy[16] = "";
  read(pipes[0], &byte, 1);
  struct iovec here = {copy, 6}, there = {secret, 6};
  SHOW(process_vm_readv(pid, &here, 1, &there, 1, 0));
  printf("read %s\n", copy);
  int descriptor = SHOW(syscall(SYS_pidfd_open, pid, 0));
  SHOW(syscall(SYS_pidfd_getfd, descriptor, pipes[1], 0));
  SHOW(syscall(SYS_pidfd_send_signal, descriptor, SIGTERM, NULL, 0));
  await("by its descriptor", pid);
  SHOW(kill(pid, 0));
}

static void traced(void) {
  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execl("/bin/true", "true", NULL);
    _exit(1);
  }
  int status;
  waitpid(pid, &status, 0);
  printf("traced: stopped %d by %d\n", WIFSTOPPED(status), WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
  int calls = 0;
  while (WIFSTOPPED(status) && ptrace(PTRACE_SYSCALL, pid, 0, 0) == 0 && waitpid(pid, &status, 0) == pid) calls++;
  printf("traced: %s, exit %d\n", calls > 10 ? "many stops" : "few stops", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void own_settings(void) {
  char name[17] = "";
  SHOW(prctl(PR_SET_NAME, "renamed"));
  prctl(PR_GET_NAME, name);
  printf("name %s, dumpable %d, keeps capabilities %d, subreaper %d\n", name, prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_SET_CHILD_SUBREAPER, 1));
  SHOW(prctl(PR_SET_PDEATHSIG, SIGTERM));
  SHOW(prctl(PR_CAPBSET_READ, 0));
  SHOW(prctl(PR_CAPBSET_READ, 99));
  SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0));
  SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0));
  SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  printf("securebits %d\n", prctl(PR_GET_SECUREBITS));
  SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  SHOW(setpgid(0, 0));
  pid_t pid = fork();
  if (pid == 0) {
    if (fork() == 0) usleep(50000), _exit(getppid() == 1 ? 5 : 6);
    _exit(0);
  }
  await("parent", pid);
  await("adopted", -1);
}

/* Processes: what they share, inherit, and may do to each other. */
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  threads();
  interrupted();
  many();
  look_into();
  traced();
  own_settings();
  return 0;
}
