#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A program's view of itself. */
int main(int argc, char **argv) {
  char exe[4096] = "", comm[17] = "", line[4096];
  ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (length > 0) exe[length] = 0;
  prctl(PR_GET_NAME, comm);
  const char *executed = (const char *)getauxval(AT_EXECFN);
  printf("argv0=%s argc=%d exe=%s comm=%s execfn=%s secure=%lu\n", argv[0], argc, exe, comm, executed, getauxval(AT_SECURE));
  FILE *maps = fopen("/proc/self/maps", "r");
  int mapped = 0;
  while (maps && fgets(line, sizeof line, maps)) mapped |= exe[0] && strstr(line, exe) != NULL;
  FILE *words = fopen("/proc/self/cmdline", "r");
  size_t count = words ? fread(line, 1, sizeof line - 1, words) : 0;
  for (size_t i = 0; i + 1 < count; i++) if (!line[i]) line[i] = ' ';
  line[count] = 0;
  printf("mapped=%d cmdline=%s\n", mapped, line);
  return 0;
}
